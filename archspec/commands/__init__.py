"""The verbs of the command line: parsed arguments in; text, files and an exit code out."""
