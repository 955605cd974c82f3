"""What people wear: kits, teams, roles and shirt numbers of a whole clip."""
