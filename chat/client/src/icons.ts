// The Lucide icons (ISC) that the chat uses; the bundle holds these and no others.
import arrowDown from "lucide-static/icons/arrow-down.svg";
import arrowUp from "lucide-static/icons/arrow-up.svg";
import bot from "lucide-static/icons/bot.svg";
import check from "lucide-static/icons/check.svg";
import chevron from "lucide-static/icons/chevron-right.svg";
import alert from "lucide-static/icons/circle-alert.svg";
import circle from "lucide-static/icons/circle.svg";
import download from "lucide-static/icons/download.svg";
import folder from "lucide-static/icons/folder-kanban.svg";
import headset from "lucide-static/icons/headset.svg";
import house from "lucide-static/icons/house.svg";
import logOut from "lucide-static/icons/log-out.svg";
import lock from "lucide-static/icons/lock.svg";
import message from "lucide-static/icons/message-circle.svg";
import maximize from "lucide-static/icons/maximize-2.svg";
import receipt from "lucide-static/icons/receipt-text.svg";
import refresh from "lucide-static/icons/refresh-cw.svg";
import search from "lucide-static/icons/search.svg";
import star from "lucide-static/icons/star.svg";
import wallet from "lucide-static/icons/wallet.svg";
import x from "lucide-static/icons/x.svg";

const ICONS: Record<string, string> = {
  "arrow-down": arrowDown, "arrow-up": arrowUp, bot, check, "chevron-right": chevron, "circle-alert": alert, circle,
  download, "folder-kanban": folder, headset, house, lock, "log-out": logOut, "message-circle": message, "maximize-2": maximize,
  "receipt-text": receipt, "refresh-cw": refresh, search, star, wallet, "credit-card": wallet, x,
};

/** The icon of that name (a plain circle for one that isn't bundled), hidden from screen readers. */
export function icon(name: string, size = 16): SVGElement {
  const holder = document.createElement("template");
  holder.innerHTML = ICONS[name] ?? circle;
  const svg = holder.content.querySelector("svg")!;
  svg.setAttribute("class", "i");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("stroke-width", "1.75");
  svg.style.width = svg.style.height = `${size}px`;
  return svg;
}
