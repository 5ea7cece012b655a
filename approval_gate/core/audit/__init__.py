"""An audit: the approvals of some days, each record checked, compared with the deployments on record."""
