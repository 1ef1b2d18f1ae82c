"""How the operations page looks, and what a browser lets it do: no script at all, no other host, one style."""

from __future__ import annotations

import base64
import hashlib
from typing import Final

STYLE: Final = """
:root{color-scheme:light dark;--paper:#fff;--ink:#16181d;
--line:#8884;--soft:#8881;--bad:#b3261e;--warn:#8a5a00;--good:#1b6e3c;--link:#0b57d0}
@media(prefers-color-scheme:dark){:root{--paper:#14161a;--ink:#f0eee8;
--bad:#ff8a80;--warn:#ffcb6b;--good:#7fd8a0;--link:#a8c7fa}}
*{box-sizing:border-box}
body{font:16px/1.45 system-ui,sans-serif;margin:0;overflow-wrap:anywhere;
background:var(--paper);color:var(--ink)}
header{display:flex;flex-wrap:wrap;gap:.4rem 1rem;align-items:center;padding:.6rem 1rem;
border-bottom:1px solid var(--line)}
nav{display:flex;flex-wrap:wrap;gap:.1rem .9rem;flex:1}
header form{margin-left:auto}
nav a{padding:.35rem 0}
a{color:var(--link)}
a[aria-current]{font-weight:bold;text-decoration:none;color:inherit}
main{padding:0 1rem 3rem;max-width:80rem;margin:auto}
h1{font-size:1.4rem;margin:1rem 0 .5rem}h2{font-size:1.1rem;margin:1.4rem 0 .4rem}
.cards{display:grid;gap:0 2rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,19rem),1fr))}
dl{display:grid;grid-template-columns:1fr auto;margin:0}dt{overflow-wrap:break-word}
dt,dd{margin:0;padding:.3rem 0;border-bottom:1px solid var(--line)}
dd{text-align:right;font-variant-numeric:tabular-nums;padding-left:1rem}
dt.bar,dd.bar{border:0;padding-bottom:0}dd.bar+dd{padding:0 0 .4rem}
dd.wide,dt.wide{grid-column:1/-1;text-align:left;padding-left:0}dt.wide{border:0;padding-bottom:0}
meter{width:100%;height:.7rem}
ul.alarms{list-style:none;margin:0;padding:0}
ul.alarms li{padding:.5rem .8rem;border-left:5px solid var(--warn);background:var(--soft);margin:.3rem 0}
ul.alarms li.critical{border-color:var(--bad)}
.critical b{color:var(--bad)}.warning b{color:var(--warn)}.good{color:var(--good)}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.4rem .6rem .4rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td.number,th.number{text-align:right;font-variant-numeric:tabular-nums}
td{overflow-wrap:break-word}td.words{overflow-wrap:anywhere;min-width:9rem}
td.number,td.moment{white-space:nowrap}
form.search{display:flex;flex-wrap:wrap;gap:.5rem;margin:.6rem 0}
form.door{max-width:24rem;margin:12vh auto;display:grid;gap:.8rem}
input,select,button{font:inherit;padding:.45rem .7rem;border:1px solid #888;border-radius:8px;
min-height:2.75rem;max-width:100%}
form.search input{flex:1 1 10rem;min-width:0}
button{background:var(--soft);cursor:pointer}
th,button{white-space:nowrap}
p.pages{display:flex;gap:1.2rem;align-items:center;flex-wrap:wrap}p.pages a{padding:.5rem 0}
.soft{opacity:.75;font-size:.9rem}
@media(max-width:45rem){nav{order:3;flex:1 0 100%}
form.search:has(select) input{flex-basis:100%}form.search select{flex:1}}
@media(max-width:75rem){thead th:empty,td:empty{display:none}
thead tr{display:flex;flex-wrap:wrap;gap:0 1rem;padding:0 0 .4rem}
thead th,thead th.number{border:0;padding:.35rem 0;text-align:left}thead th:not([aria-sort]){font-weight:normal}
tr{display:block;padding:.6rem 0;border-bottom:2px solid var(--line)}
td,td.number{display:grid;grid-template-columns:8.5rem 1fr;gap:.6rem;border:0;padding:.12rem 0;text-align:left;
overflow-wrap:anywhere}
td::before{content:attr(data-heading);white-space:normal;opacity:.75;font-size:.9rem}
td.act{display:block}td.act::before{content:none}}
"""
_DIGEST: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
