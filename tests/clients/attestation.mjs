// Attests the record in each file RECORDS/*.json as actions/attest does, and verifies the attestations offline as an
// auditor does. The certificate authority and the timestamp authority are made here, and there is no transparency log,
// as with the attestations of GitHub's own instance. Prints what was verified, and why each forgery is refused.
// Node reads it from standard input, in the folder of the installed packages.
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { bundleFromJSON, bundleToJSON, toDSSEBundle } from "@sigstore/bundle";
import { dsse } from "@sigstore/core";
import { initializeCA, initializeTSA } from "@sigstore/mock";
import { Verifier, toSignedEntity, toTrustMaterial } from "@sigstore/verify";

const { RECORDS, SUBJECTS, PREDICATE_TYPE } = process.env;
const SIGNER = "https://github.com/acme/workflows/.github/workflows/gate-attested.yml@refs/heads/main";
const OTHER = "https://github.com/acme/shop/.github/workflows/forged.yml@refs/tags/v1.2.3";
const ISSUER = "https://token.actions.githubusercontent.com";
const ISSUER_OID = "1.3.6.1.4.1.57264.1.8"; // https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md
const SHA256_OID = "2.16.840.1.101.3.4.2.1";
const POLICY_OID = "1.3.6.1.4.1.57264.2";
const TYPE = "application/vnd.in-toto+json";

const keys = () => crypto.generateKeyPairSync("ec", { namedCurve: "P-256" });
const sha256 = (data) => crypto.createHash("sha256").update(data).digest();
// A whole second, which is after the authorities' own certificates: the mock writes others in a way that is not read.
const clock = new Date(Math.ceil(Date.now() / 1000 + 1) * 1000);
const authorities = async () => ({
  ca: await initializeCA(keys(), undefined, clock),
  tsa: await initializeTSA(keys(), clock),
});
const authority = (...certificates) => ({
  certChain: { certificates: certificates.map((rawBytes) => ({ rawBytes })) },
  validFor: { start: new Date(0) },
});
const trust = ({ ca, tsa }) =>
  toTrustMaterial({
    certificateAuthorities: [authority(ca.rootCertificate)],
    timestampAuthorities: [authority(tsa.intCertificate, tsa.rootCertificate)],
    tlogs: [],
    ctlogs: [],
  });

/** Returns the subjects in a file of checksums, as actions/attest takes them from `subject-checksums`. */
const subjectsIn = (file) =>
  fs
    .readFileSync(file, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => /^([0-9a-f]{64})  (.+)$/.exec(line).slice(1))
    .map(([digest, name]) => ({ name, digest: { sha256: digest } }));

/** Returns the statement that actions/attest makes when a record's file is the predicate. */
const statementOf = (file) => ({
  _type: "https://in-toto.io/Statement/v1",
  subject: subjectsIn(path.join(SUBJECTS, path.basename(file))),
  predicateType: PREDICATE_TYPE,
  predicate: JSON.parse(fs.readFileSync(file)),
});

/** Returns the bundle, as JSON, of a statement that a workflow has signed. */
async function signed(statement, workflow, { ca, tsa }) {
  const artifact = Buffer.from(JSON.stringify(statement));
  const { publicKey, privateKey } = keys();
  const certificate = await ca.issueCertificate({
    publicKey: publicKey.export({ format: "der", type: "spki" }),
    subjectAltName: workflow,
    extensions: [{ oid: ISSUER_OID, value: ISSUER }],
  });
  const signature = crypto.sign("sha256", dsse.preAuthEncoding(TYPE, artifact), privateKey);
  const bundle = toDSSEBundle({ artifact, artifactType: TYPE, signature, certificate });
  const signedTimestamp = await tsa.timestamp({
    artifactHash: sha256(signature),
    hashAlgorithmOID: SHA256_OID,
    nonce: 1,
    policyOID: POLICY_OID,
  });
  bundle.verificationMaterial.timestampVerificationData.rfc3161Timestamps.push({ signedTimestamp });
  return bundleToJSON(bundle);
}

/** Returns the statement of a bundle that SIGNER signed about a file with these bytes; throws if it is not one. */
const verified = (bundle, bytes, trusted) => verifiedAbout(bundle, sha256(bytes).toString("hex"), trusted);

/** Returns the statement of a bundle that SIGNER signed about this digest; throws if it is not one. */
function verifiedAbout(bundle, subject, trusted) {
  const parsed = bundleFromJSON(bundle);
  const limits = { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 1 };
  const identity = { subjectAlternativeName: SIGNER, extensions: { issuer: ISSUER } };
  new Verifier(trusted, limits).verify(toSignedEntity(parsed), identity);
  const statement = JSON.parse(parsed.content.dsseEnvelope.payload);
  if (statement.predicateType !== PREDICATE_TYPE) throw new Error("another predicate type");
  if (!statement.subject.some(({ digest }) => digest.sha256 === subject)) throw new Error("another subject");
  return statement;
}

/** Returns why a bundle is refused, or null if it is not. */
function refusal(...given) {
  try {
    verified(...given);
  } catch (error) {
    return error.message;
  }
  return null;
}

/** Yields the bytes with one of them changed, in each of many places. */
function* changed(bytes) {
  for (let place = 0; place < bytes.length; place += 61) {
    const touched = Buffer.from(bytes);
    touched[place] ^= 1;
    yield touched;
  }
}

const payloadOf = (bundle) => Buffer.from(bundle.dsseEnvelope.payload, "base64");
const withPayload = (bundle, payload) => ({
  ...bundle,
  dsseEnvelope: { ...bundle.dsseEnvelope, payload: payload.toString("base64") },
});

const ours = await authorities();
const trusted = trust(ours);
const statements = {};
for (const name of fs.readdirSync(RECORDS)) {
  const file = path.join(RECORDS, name);
  const bundle = await signed(statementOf(file), SIGNER, ours);
  statements[name] = verified(JSON.parse(JSON.stringify(bundle)), fs.readFileSync(file), trusted);
}

const file = path.join(RECORDS, "denied-1.json");
const bytes = fs.readFileSync(file);
const statement = statementOf(file);
const bundle = await signed(statement, SIGNER, ours);
const another = (part) => ({ ...statement, ...part });
const approved = another({ predicate: { ...statement.predicate, outcome: "approved" } });
const provenance = another({ predicateType: "https://slsa.dev/provenance/v1" });
const refused = {
  nothing: [refusal(bundle, bytes, trusted)],
  "a changed byte of the record": [...changed(bytes)].map((one) => refusal(bundle, one, trusted)),
  "a changed byte of the statement": [...changed(payloadOf(bundle))].map((one) =>
    refusal(withPayload(bundle, one), bytes, trusted),
  ),
  "another statement under the signature": [
    refusal(withPayload(bundle, Buffer.from(JSON.stringify(approved))), bytes, trusted),
  ],
  "another workflow": [refusal(await signed(statement, OTHER, ours), bytes, trusted)],
  "another predicate type": [refusal(await signed(provenance, SIGNER, ours), bytes, trusted)],
  "other authorities": [refusal(await signed(statement, SIGNER, await authorities()), bytes, trusted)],
};
const deployment = path.join(RECORDS, "policy-1.json");
const [, image] = subjectsIn(path.join(SUBJECTS, "policy-1.json"));
const approval = verifiedAbout(await signed(statementOf(deployment), SIGNER, ours), image.digest.sha256, trusted);
const artifact = [image.name, approval.predicate.outcome];
process.stdout.write(JSON.stringify({ statements, refused, artifact }));
