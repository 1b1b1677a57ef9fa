// The Lucide icons (ISC) that the chat and its commands use; the bundle holds these and no others.
import archive from "lucide-static/icons/archive.svg";
import arrowDown from "lucide-static/icons/arrow-down.svg";
import arrowLeftRight from "lucide-static/icons/arrow-left-right.svg";
import arrowUp from "lucide-static/icons/arrow-up.svg";
import badgeCheck from "lucide-static/icons/badge-check.svg";
import badgePercent from "lucide-static/icons/badge-percent.svg";
import ban from "lucide-static/icons/ban.svg";
import bookOpen from "lucide-static/icons/book-open.svg";
import bot from "lucide-static/icons/bot.svg";
import building2 from "lucide-static/icons/building-2.svg";
import calculator from "lucide-static/icons/calculator.svg";
import calendarPlus from "lucide-static/icons/calendar-plus.svg";
import check from "lucide-static/icons/check.svg";
import chevron from "lucide-static/icons/chevron-right.svg";
import circle from "lucide-static/icons/circle.svg";
import alert from "lucide-static/icons/circle-alert.svg";
import circleCheck from "lucide-static/icons/circle-check.svg";
import circleHelp from "lucide-static/icons/circle-help.svg";
import circleMinus from "lucide-static/icons/circle-minus.svg";
import circleOff from "lucide-static/icons/circle-off.svg";
import circlePlus from "lucide-static/icons/circle-plus.svg";
import circleSlash from "lucide-static/icons/circle-slash.svg";
import circleX from "lucide-static/icons/circle-x.svg";
import clock from "lucide-static/icons/clock.svg";
import download from "lucide-static/icons/download.svg";
import eraser from "lucide-static/icons/eraser.svg";
import fileCheck from "lucide-static/icons/file-check.svg";
import fileMinus from "lucide-static/icons/file-minus.svg";
import filePen from "lucide-static/icons/file-pen.svg";
import filePlus from "lucide-static/icons/file-plus.svg";
import flag from "lucide-static/icons/flag.svg";
import folder from "lucide-static/icons/folder-kanban.svg";
import folderPlus from "lucide-static/icons/folder-plus.svg";
import gift from "lucide-static/icons/gift.svg";
import hand from "lucide-static/icons/hand.svg";
import headset from "lucide-static/icons/headset.svg";
import house from "lucide-static/icons/house.svg";
import inbox from "lucide-static/icons/inbox.svg";
import keyRound from "lucide-static/icons/key-round.svg";
import landmark from "lucide-static/icons/landmark.svg";
import layers from "lucide-static/icons/layers.svg";
import lock from "lucide-static/icons/lock.svg";
import logOut from "lucide-static/icons/log-out.svg";
import mail from "lucide-static/icons/mail.svg";
import maximize from "lucide-static/icons/maximize-2.svg";
import message from "lucide-static/icons/message-circle.svg";
import messageSquare from "lucide-static/icons/message-square.svg";
import pause from "lucide-static/icons/pause.svg";
import pencil from "lucide-static/icons/pencil.svg";
import piggyBank from "lucide-static/icons/piggy-bank.svg";
import play from "lucide-static/icons/play.svg";
import plus from "lucide-static/icons/plus.svg";
import puzzle from "lucide-static/icons/puzzle.svg";
import receipt from "lucide-static/icons/receipt-text.svg";
import refresh from "lucide-static/icons/refresh-cw.svg";
import rotateCcw from "lucide-static/icons/rotate-ccw.svg";
import scale from "lucide-static/icons/scale.svg";
import scrollText from "lucide-static/icons/scroll-text.svg";
import search from "lucide-static/icons/search.svg";
import slidersHorizontal from "lucide-static/icons/sliders-horizontal.svg";
import star from "lucide-static/icons/star.svg";
import tag from "lucide-static/icons/tag.svg";
import tags from "lucide-static/icons/tags.svg";
import ticketPercent from "lucide-static/icons/ticket-percent.svg";
import trash2 from "lucide-static/icons/trash-2.svg";
import undo2 from "lucide-static/icons/undo-2.svg";
import userCog from "lucide-static/icons/user-cog.svg";
import userMinus from "lucide-static/icons/user-minus.svg";
import userPlus from "lucide-static/icons/user-plus.svg";
import userRound from "lucide-static/icons/user-round.svg";
import users from "lucide-static/icons/users.svg";
import wallet from "lucide-static/icons/wallet.svg";
import x from "lucide-static/icons/x.svg";

const ICONS: Record<string, string> = {
  archive, "arrow-down": arrowDown, "arrow-left-right": arrowLeftRight, "arrow-up": arrowUp,
  "badge-check": badgeCheck, "badge-percent": badgePercent, ban, "book-open": bookOpen, bot, "building-2": building2,
  calculator, "calendar-plus": calendarPlus, check, "chevron-right": chevron, circle, "circle-alert": alert,
  "circle-check": circleCheck, "circle-help": circleHelp, "circle-minus": circleMinus, "circle-off": circleOff,
  "circle-plus": circlePlus, "circle-slash": circleSlash, "circle-x": circleX, clock, "credit-card": wallet,
  download, eraser, "file-check": fileCheck, "file-minus": fileMinus, "file-pen": filePen, "file-plus": filePlus,
  flag, "folder-kanban": folder, "folder-plus": folderPlus, gift, hand, headset, house, inbox, "key-round": keyRound,
  landmark, layers, lock, "log-out": logOut, mail, "maximize-2": maximize, "message-circle": message,
  "message-square": messageSquare, pause, pencil, "piggy-bank": piggyBank, play, plus, puzzle,
  "receipt-text": receipt, "refresh-cw": refresh, "rotate-ccw": rotateCcw, scale, "scroll-text": scrollText, search,
  "sliders-horizontal": slidersHorizontal, star, tag, tags, "ticket-percent": ticketPercent, "trash-2": trash2,
  "undo-2": undo2, "user-cog": userCog, "user-minus": userMinus, "user-plus": userPlus, "user-round": userRound,
  users, wallet, x,
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
