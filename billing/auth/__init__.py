"""Who somebody is: passwords, second factors, sessions, invitations, and limits on trying."""
