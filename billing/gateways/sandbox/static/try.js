/* The page on which a card can be tried without a shop. */
{
  const publishableKey = new URLSearchParams(location.search).get("key");
  const apiBase = new URL("..", location.href).href;
  const card = ParleyCard.mount(document.getElementById("card"), { publishableKey, apiBase });
  document.getElementById("try").addEventListener("submit", async (event) => {
    event.preventDefault();
    const made = await card.createPaymentMethod();
    document.getElementById("made").textContent = made.ok ? made.brand + " " + made.last4 + ": " + made.paymentMethod : "";
  });
}
