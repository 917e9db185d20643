"""Files that are meant to hurt: corpus.py writes them, running.py runs a verb on one in a process with limits."""
