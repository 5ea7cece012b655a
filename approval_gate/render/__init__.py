"""What people read: the issue, the status, the end, the summary, all in Markdown."""
