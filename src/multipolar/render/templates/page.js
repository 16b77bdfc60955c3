(function () {
  'use strict';
  var D = document, one = function (s) { return D.querySelector(s); };
  var all = function (s) { return Array.prototype.slice.call(D.querySelectorAll(s)); };
  var list = one('#list'), cards = all('.cl'), first = cards.slice();
  var state = { v: [], d: '', t: '', s: '', k: '', q: '', o: '' };
  var fields = ['d', 't', 's', 'k', 'q', 'o'];
  cards.forEach(function (c) { c.words = c.textContent.toLowerCase(); });
  D.documentElement.classList.add('has-js');

  function address() {
    var parts = [];
    if (state.v.length) parts.push('v=' + state.v.join(','));
    fields.forEach(function (k) { if (state[k]) parts.push(k + '=' + encodeURIComponent(state[k])); });
    try { history.replaceState(null, '', parts.length ? '#f&' + parts.join('&') : location.pathname + location.search); } catch (e) { /* a file opened from disk may refuse */ }
  }
  function show() {
    var n = 0, words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    cards.forEach(function (c) {
      var d = c.dataset;
      var ok = (!state.v.length || state.v.indexOf(d.v) >= 0) && ['d', 't', 's', 'k'].every(function (k) { return !state[k] || d[k] === state[k]; }) && words.every(function (w) { return c.words.indexOf(w) >= 0; });
      c.hidden = !ok;
      if (ok) n += 1;
    });
    all('[data-fv]').forEach(function (b) { b.setAttribute('aria-pressed', String(state.v.indexOf(b.dataset.fv) >= 0)); });
    all('[data-fd]').forEach(function (b) { b.setAttribute('aria-pressed', String(b.dataset.fd === state.d)); });
    one('.glance .bar').classList.toggle('act', state.v.length > 0);
    var filtered = state.v.length || state.d || state.t || state.s || state.k || state.q;
    one('#clr').hidden = !filtered;
    one('#count').textContent = filtered ? n + ' of ' + cards.length + ' claims' : cards.length + ' claims';
    one('#empty').hidden = n > 0;
  }
  function order() {
    var a = state.o === 'n' ? first.slice().sort(function (x, y) { return x.dataset.n - y.dataset.n; }) : first;
    a.forEach(function (c) { list.appendChild(c); });
  }
  function fill() { fields.forEach(function (k) { var f = one('#' + k); if (f) { f.value = state[k]; if (f.value !== state[k]) state[k] = f.value = ''; } }); }
  function go() { show(); address(); }
  function clear() { state.v = []; ['d', 't', 's', 'k', 'q'].forEach(function (k) { state[k] = ''; }); fill(); go(); }
  function open(id) {
    var c = D.getElementById(id);
    if (!c || !c.classList.contains('cl')) return;
    if (c.hidden) clear();
    c.querySelector('details').open = true;
  }
  all('[data-fv]').forEach(function (b) {
    b.addEventListener('click', function () {
      var i = state.v.indexOf(b.dataset.fv);
      if (i < 0) state.v.push(b.dataset.fv); else state.v.splice(i, 1);
      go();
      if (i < 0 && b.closest('.glance')) one('#claims').scrollIntoView();
    });
  });
  all('[data-fd]').forEach(function (b) { b.addEventListener('click', function () { state.d = b.dataset.fd; go(); }); });
  one('#more').addEventListener('click', function () { one('.tools').classList.add('more'); this.setAttribute('aria-expanded', 'true'); one('#s').focus(); });
  fields.forEach(function (k) {
    var f = one('#' + k);
    if (f) f.addEventListener(k === 'q' ? 'input' : 'change', function () { state[k] = f.value; if (k === 'o') order(); go(); });
  });
  one('.tools').addEventListener('submit', function (e) { e.preventDefault(); });
  one('#clr').addEventListener('click', clear);
  one('#clr2').addEventListener('click', clear);
  D.addEventListener('click', function (e) {
    var a = e.target.closest && e.target.closest('a[href^="#c-"]');
    if (a) open(decodeURIComponent(a.getAttribute('href').slice(1)));
  });
  var modes = ['auto', 'light', 'dark'], mode = 0, button = one('#theme');
  button.addEventListener('click', function () {
    mode = (mode + 1) % 3;
    button.textContent = 'Theme: ' + modes[mode];
    if (mode) D.documentElement.dataset.theme = modes[mode]; else delete D.documentElement.dataset.theme;
  });
  var opened;
  addEventListener('beforeprint', function () {
    opened = all('.cl:not(.thin) > details:not([open])');
    opened.forEach(function (d) { d.open = true; });
  });
  addEventListener('afterprint', function () { (opened || []).forEach(function (d) { d.open = false; }); });
  function arrive() {
    var h = location.hash;
    if (h.indexOf('#f&') === 0) {
      h.slice(3).split('&').forEach(function (p) {
        var i = p.indexOf('='), k = p.slice(0, i), x = p.slice(i + 1);
        try { x = decodeURIComponent(x); } catch (e) { return; }
        if (k === 'v') state.v = x.split(',').filter(function (w) { return one('.leg [data-fv="' + w.replace(/[^a-z-]/g, '') + '"]'); }); else if (fields.indexOf(k) >= 0) state[k] = x;
      });
      if (state.d && !all('[data-fd],#d option').some(function (b) { return (b.dataset.fd || b.value) === state.d; })) state.d = '';
      fill(); order(); show();
    } else if (h.indexOf('#c-') === 0) { open(decodeURIComponent(h.slice(1))); }
  }
  addEventListener('hashchange', arrive);
  arrive();
})();
