"""What would mend a table: findings of a check in; the same findings with repairs, several of one slip as one, out.

Found by search, never by a rule for a network: a cell is changed, its row is run again (trials.py), and the change is
kept where every claim holds and the rows after it are given what they were given before.
"""
