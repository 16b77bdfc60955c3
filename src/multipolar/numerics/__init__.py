"""What several engines share: acceleration, programmes, cooperative games, compiled code."""
