"""What a customer's people are told of: written with what happened, said as it was, seen by whom it is for."""
