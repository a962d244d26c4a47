// People and teams.
