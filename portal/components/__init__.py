"""What pages are made of. Each function gives an element with the classes of assets/app.css; one noun a module.

| module | gives |
| --- | --- |
| marks | icon(name, size), status(kind, word), avatar(initials), count(number) |
| sums | sum_box(lines): label, note, working, amount, kind (line, total, grand), negative |
| sections | section(title, *rows, end=), row(main, second, end), note(kind, text), state_block(title, words, *buttons) |
| fields | field(label, control, hint=, problem=), text_input, checkbox, select |
| dialogs | dialog(open, title, body, footer, on_close), drawer(open, header, body, on_close) |
| forms | post_form(action, csrf, *children): a form that really posts |
| buttons | button(words, kind=primary|second|quiet|danger, small=, **props), link_button |

Formatting (money, dates) happens in Python, before the state: state holds what is shown, as text.
"""
