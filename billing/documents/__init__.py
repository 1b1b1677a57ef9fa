"""What is printed and handed out: sheets, statements, spreadsheets."""
