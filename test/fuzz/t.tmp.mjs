import { serveLocalApi } from "/work/main/src/local-api/index.ts";
import { connect } from "node:net"; import { readFileSync } from "node:fs";
const socketPath="/tmp/fz/api.sock"; const input=readFileSync("/tmp/fz/api-in");
const server = await serveLocalApi({socketPath, role:"daemon", routes:[{method:"POST",path:"/v1/peers/:name",access:"change",handle:({body})=>({kind:"json",body})}], credentials:()=>({pid:1,uid:0,gid:0})});
const t0=Date.now(); let n=0;
while (Date.now()-t0 < 60000) { n++;
 await new Promise((resolve)=>{ const s=connect(socketPath); let a=""; const ev=[]; for (const e of ["connect","end","finish","error","ready","lookup"]) s.on(e,(x)=>ev.push(e+(x?.code??"")));
  const t=setTimeout(()=>{ console.log("HANG at",n, ev.join(), s.readyState, s.bytesWritten, JSON.stringify(a.slice(0,300)), s.destroyed, s.pending); s.destroy(); },5000);
  s.on("data",c=>a+=c); s.once("close",()=>{clearTimeout(t);resolve();}); s.end(input); }); }
console.log(n, "done"); process.exit();
