"""What pages are made of. Each function gives an element with the classes of assets/app.css; one noun a module.

- `marks`: icon(name, size), logo(name), status(kind, word), avatar(initials, kind), count(number, flat),
  classes(*parts) for class names of which some depend on state. Kinds of status: good part warn bad open off live.
- `sums`: sum_box(lines, working) of SumLine: label, amount, note, working, kind (line, total, grand), negative.
- `effects`: effect_lines(effect) and exact_until(until, local_now): a preview as a sum.
- `sections`: section(title, *rows, end, beside), row(main, second, end, start), note(text, kind), problem_note(text),
  state_block(title, words, *buttons), skeleton(rows, widths), awaited(text, loading, width).
- `phases`: by_phase(state, shown, loading, none, failed), unread(state, *ways), try_again(state), and
  turns(state, first, before, further): what a state made of portal/page_state.py shows.
- `fields`: field(label, control, id, hint, problem), field_problem(problem), text_input(id), text_area(rows),
  find_field(label, placeholder, searched, on_find, drawn), checkbox(label), code_input(id, digits).
- `buttons`: button(*words, kind, small), link_button(*words, href), chip(*words, on), linkish(words).
  Kinds: primary, of which a view has one, second, quiet, danger.
- `dialogs`: dialog(shown, title, body, footer, on_close), drawer(shown, header, body, label), close_button(on_close):
  native dialogs, a sheet from below or the whole screen on a phone. Esc presses the cross; the focus goes back.
- `toasts`: toast(text, on_close, *buttons): 6 seconds, never the only place for a result.
- `forms`: post_form(action, *children, csrf): a form that really posts.
- `elements`: PlainElement, the base of elements that Reflex has not.
- `broken`: what stands over or instead of a page that failed.

Formatting (money, dates) happens in Python, before the state: state holds what is shown, as text. What the browser must
do beyond that (modal dialogs, the chat pane, toasts, news from the chat) is in assets/portal.js; elements ask for it by
`data-` attributes: data-ask opens the chat and, with words, says them; data-reveal shows a password.
"""
