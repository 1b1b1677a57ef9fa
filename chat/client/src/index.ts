import { ParleyChat } from "./element";

if (!customElements.get("parley-chat")) customElements.define("parley-chat", ParleyChat);
