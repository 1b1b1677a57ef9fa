// The protocol's types as chat/protocol.py and chat/blocks.py declare them; PROTOCOL.md explains them.

export type Status = "bot" | "waiting" | "with_person" | "resolved";
export type AuthorKind = "customer" | "bot" | "staff" | "system";
export type ProposalState = "open" | "confirmed" | "declined" | "changed" | "refused" | "replaced";
export type LineKind = "line" | "total" | "grand";
export type Fields = Record<string, unknown>;

export interface Person { kind: AuthorKind; id: number | null; name: string }
export interface Conversation {
  number: string; status: Status; owner: Person | null; customer: Person; account: string; last_seq: number;
  read_by_customer: number; read_by_staff: number; rating: number | null; wait_minutes: number | null;
}
export interface ChatMessage {
  conversation: string; seq: number; client_id: string; author: Person; text: string; blocks: Block[];
  staff_only: boolean; settles: { seq: number; state: ProposalState } | null; at: string;
}
export interface Command {
  slash: string; action: string; title: string; help: string; icon: string;
  fields: { name: string; label: string; refers: string; required: boolean }[];
}
export interface QueueRow {
  conversation: string; status: Status; name: string; account: string; snippet: string; owner: Person | null;
  unread: number; waiting_since: string | null; answer_by: string | null; late: boolean; last_at: string;
  last_by: Person | null;
}
export interface Effect {
  title: string; currency: string;
  lines: { label: string; amount: number; note: string; working: string; kind: LineKind }[];
  facts: { label: string; value: string }[];
  confirm: string; decline: string; warning: string; danger: boolean; due_now: number | null;
}
export interface QuickReply { label: string; send: string | null; action: string | null; input: Fields; href: string | null }

export type TextBlock = { kind: "text"; text: string; strong: string[] };
export type TableBlock = {
  kind: "table"; title: string; columns: { label: string; align: "start" | "end" }[];
  rows: { cells: { text: string; href: string | null }[]; line: LineKind }[]; note: string; href: string | null;
};
export type ProposalBlock = {
  kind: "proposal"; action: string; input: Fields; effect: Effect; token: string; exact_until: string;
  state: ProposalState; settled_at: string | null;
};
export type ReceiptBlock = {
  kind: "receipt"; title: string; outcome: "done" | "waiting" | "failed"; reference: string; words: string;
  currency: string; lines: { label: string; amount: number | null; value: string; line: LineKind }[]; at: string;
  by: string; href: string | null; continue_url: string | null;
  undo: { action: string; input: Fields; until: string | null } | null;
};
export type QuickRepliesBlock = { kind: "quick_replies"; replies: QuickReply[] };
export type ChoiceBlock = {
  kind: "choice"; question: string;
  cards: {
    title: string; note: string; amount: number | null; currency: string; send: string | null;
    action: string | null; input: Fields;
  }[];
};
export type InvoicesBlock = {
  kind: "invoices"; title: string; selectable: boolean; more: number; href: string | null;
  invoices: {
    number: string; title: string; due_on: string | null; status: string; status_words: string; amount: number;
    currency: string; href: string; payable: boolean;
  }[];
};
export type CardRequestBlock = {
  kind: "card_request"; title: string; action: string; input: Fields; field: string; amount: number | null;
  currency: string;
};
export type FormBlock = {
  kind: "form"; title: string; action: string; input: Fields; submit: string;
  fields: {
    name: string; label: string; widget: "text" | "long_text" | "number" | "date" | "rating" | "select";
    value: unknown; options: QuickReply[]; required: boolean;
  }[];
};
export type RatingRequestBlock = {
  kind: "rating_request"; title: string; action: string; input: Fields; words_label: string;
};
export type LinkBlock = { kind: "link"; label: string; href: string; download: string | null };
export type SystemBlock = { kind: "system"; text: string };
export type Block =
  | TextBlock | TableBlock | ProposalBlock | ReceiptBlock | QuickRepliesBlock | ChoiceBlock | InvoicesBlock
  | CardRequestBlock | FormBlock | RatingRequestBlock | LinkBlock | SystemBlock;

export interface Refusal { ok: false; client_id: string | null; error: { code: string; message: string; field: string | null } }
export interface Opened {
  ok: true; conversation: Conversation | null; messages: ChatMessage[]; earlier: boolean; last_seq: number;
  greeting: Block[];
}
export interface Welcome extends Opened {
  version: 1; who: Person; business: string; people_hours: string; locale: string; time_zone: string; now: string;
}
export interface CommandList { ok: true; commands: Command[] }
export interface Ack { ok: true; client_id: string; conversation: string; seq: number; at: string }
export interface CaughtUp { ok: true; conversation: Conversation; messages: ChatMessage[]; last_seq: number; more: boolean }
export interface HistoryPage { ok: true; messages: ChatMessage[]; earlier: boolean }
export interface Done { ok: true; conversation: Conversation }
export interface QueueState { ok: true; rows: QueueRow[]; open: number; late: number }
export interface ButtonUse { label: string; action: string; input: Fields }
