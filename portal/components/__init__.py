"""What pages are made of. Each function gives an element with the classes of assets/app.css; one noun a module.

| module | gives |
| --- | --- |
| marks | icon(name, size), status(kind, word), avatar(initials), count(number) |
| sums | sum_box(lines): label, note, working, amount, kind (line, total, grand), negative |
| sections | section(title, *rows, end=), row(main, second, end), note(text, kind), state_block(title, words, *buttons) |
| fields | field(label, control, id, hint, problem), text_input, checkbox, code_input(id) |
| dialogs | dialog(shown, title, body, footer, on_close), drawer(shown, header, body, label), close_button |
| forms | post_form(action, csrf, *children): a form that really posts |
| toasts | toast(text, on_close, *buttons) |
| broken | lost_connection(), broken_page(): used by portal.py |
| buttons | button(words, kind=primary|second|quiet|danger, small=, **props), link_button |

Formatting (money, dates) happens in Python, before the state: state holds what is shown, as text.
"""
