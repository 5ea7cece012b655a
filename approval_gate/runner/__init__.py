"""The one place that knows the Actions runner: inputs, outputs, log, signals."""
