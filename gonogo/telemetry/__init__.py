"""Traces and metrics of runs. The only folder that imports OpenTelemetry."""
