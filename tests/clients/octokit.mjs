// Uses the embedded GitHub at URL with TOKEN through @octokit/rest as in its README, and prints the response to each step.
// Node reads it from standard input, in the folder of the installed packages.
import { Octokit } from "@octokit/rest";

const github = new Octokit({ auth: process.env.TOKEN, baseUrl: process.env.URL });
const shop = { owner: "acme", repo: "shop" };
const responses = {};

/** Returns the response to a refused request. */
async function refusal(request) {
  try {
    await request;
  } catch (error) {
    return { ...error.response?.data, status: error.status };
  }
  return null;
}

const created = await github.rest.issues.create({
  ...shop,
  title: "Deploy v1.2.3?",
  body: "- [ ] Tests pass",
  labels: ["deployment"],
});
const issue = { ...shop, issue_number: created.data.number };
responses.created = { status: created.status, issue: created.data };
responses.untitled = await refusal(github.rest.issues.create({ ...shop, title: "" }));
responses.nowhere = await refusal(github.rest.issues.get({ ...shop, issue_number: 99 }));

const listed = await github.rest.issues.listForRepo({ ...shop, labels: "deployment", state: "open" });
responses.listed = listed.data.map(({ number }) => number);

for (let number = 2; number <= 6; number += 1) {
  await github.rest.issues.create({ ...shop, title: `Request ${number}` });
}
responses.paged = await github.paginate(
  github.rest.issues.listForRepo,
  { ...shop, state: "open", per_page: 2 },
  (page) => page.data.map(({ number }) => number),
);

for (let number = 1; number <= 7; number += 1) {
  await github.rest.issues.createComment({ ...issue, body: `comment ${number}` });
}
const pages = [];
for await (const page of github.paginate.iterator(github.rest.issues.listComments, { ...issue, per_page: 3 })) {
  pages.push(page.data.map(({ body }) => body));
}
responses.pages = pages;
responses.whole = await github.paginate(
  github.rest.issues.listComments,
  { ...issue, per_page: 2 },
  (page) => page.data.map(({ body }) => body),
);
const commented = await github.rest.issues.listComments({ ...issue, per_page: 1 });
const comment = { ...shop, comment_id: commented.data[0].id };
responses.edited = (await github.rest.issues.updateComment({ ...comment, body: "comment one" })).data.body;
responses.reacted = (await github.rest.reactions.createForIssueComment({ ...comment, content: "+1" })).status;
responses.deleted = (await github.rest.issues.deleteComment(comment)).status;

const labelled = await github.rest.issues.addLabels({ ...issue, labels: ["approved", "production"] });
responses.labelled = labelled.data.map(({ name }) => name);

const conditional = { ...issue, headers: {} };
const first = await github.rest.issues.get(conditional);
conditional.headers["if-none-match"] = first.headers.etag;
responses.unchanged = (await refusal(github.rest.issues.get(conditional)))?.status;
const spent = (await github.rest.rateLimit.get()).data.resources.core.used;
await refusal(github.rest.issues.get(conditional));
responses.free = (await github.rest.rateLimit.get()).data.resources.core.used === spent;

const closed = await github.rest.issues.update({ ...issue, state: "closed", state_reason: "completed" });
responses.closed = { state: closed.data.state, reason: closed.data.state_reason, by: closed.data.closed_by?.login };
const changed = await github.rest.issues.get(conditional);
responses.changed = { status: changed.status, state: changed.data.state };
responses.left = (await github.paginate(github.rest.issues.listForRepo, { ...shop, state: "open" })).length;

process.stdout.write(JSON.stringify(responses));
