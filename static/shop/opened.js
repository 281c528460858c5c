/* Tells the shop that a browser shows this product, and not a program that reads pages. */

const form = document.getElementById("add-to-cart");

function tell() {
  const body = new FormData();
  body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  navigator.sendBeacon(form.dataset.opened, body);
}

if (document.prerendering) document.addEventListener("prerenderingchange", tell, { once: true });
else tell();
