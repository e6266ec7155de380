// Draws the document that the address names, or the first one.
const choices = [...document.querySelectorAll('nav a[data-document]')];
const wanted = new URLSearchParams(location.search).get('document');
const chosen = choices.find(a => a.dataset.document === wanted) ?? choices[0];
chosen.setAttribute('aria-current', 'page');
for (const file of document.querySelectorAll('nav a[data-form]')) {
  file.href = `${chosen.dataset.document}.${file.dataset.form}`;
}
document.title = `${chosen.textContent}: Longhaul API`;
window.ui = SwaggerUIBundle({
  url: `${chosen.dataset.document}.json`,
  domNode: document.getElementById('document'),
  deepLinking: true,
  validatorUrl: null,
  tryItOutEnabled: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
});
