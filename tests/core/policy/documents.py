"""A small policy document."""

SMALL = """\
version: 1
roles:
  lead: {members: [ann, "@acme/leads"], approves-alone: true}
  sre: {members: ["codeowners:/deploy/"], backup-after-minutes: 20}
deployments:
  standard:
    minimum-approvals: 2
    timeout-minutes: 60
    approvers: [lead, sre]
  emergency:
    minimum-approvals: 1
    timeout-minutes: 0.5
    remind-after-minutes: 0.25
    approvers: [sre, lead]
    require: [{any-of: [lead], minimum: 1}]
    justification-from: [sre]
    details: {incident: [Incident, Ticket]}
    optional-details: {fix: [Fix]}
refs: [main, "v*"]
exclude: [workflow-initiator]
checklist:
  Checks: ["**Tests** - green", plans]
"""
