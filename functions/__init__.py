"""The Lambda functions: one folder, one handler, one role."""
