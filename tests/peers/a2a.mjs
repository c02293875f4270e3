// @a2a-js/sdk's client, unchanged, over JSON-RPC of 1.0 and 0.3, and REST of 1.0.
//
// Run by test_a2a_js.py: `node a2a.mjs ADDRESS`; prints one JSON object of what it saw, scene by
// scene, for each of them.

const sdk = new URL("../../js/node_modules/@a2a-js/sdk/dist/", import.meta.url);
const { SendMessageRequest, StreamResponse, Task } = await import(new URL("index.js", sdk));
const { ClientFactory, DefaultAgentCardResolver, JsonRpcTransportFactory, RestTransportFactory } =
  await import(new URL("client/index.js", sdk));

const ADDRESS = process.argv[2];
const legacyCompat = { enabled: true };
const transports = [
  new JsonRpcTransportFactory({ legacyCompat }),
  new RestTransportFactory({ legacyCompat }),
];
const factory = new ClientFactory({ transports });
const resolver = new DefaultAgentCardResolver({ legacyCompat });

async function clientOf(agent, binding, version) {
  const card = await resolver.resolve(`${ADDRESS}/a2a/${agent}/`);
  const fits = (i) => i.protocolBinding === binding && i.protocolVersion === version;
  const supportedInterfaces = card.supportedInterfaces.filter(fits);
  return factory.createFromAgentCard({ ...card, supportedInterfaces });
}

let sent = 0;

function request(parts, about = {}, configuration = {}) {
  const made = parts.map((part) => (typeof part === "string" ? { text: part } : part));
  const messageId = `js-${++sent}`;
  const message = { messageId, role: "ROLE_USER", parts: made, ...about };
  return SendMessageRequest.fromJSON({ message, configuration });
}

async function all(stream) {
  const found = [];
  for await (const update of stream) found.push(StreamResponse.toJSON(update));
  return found;
}

function reply(found) {
  let text = "";
  for (const { artifactUpdate } of found) {
    if (artifactUpdate?.artifact.artifactId !== "reply") continue;
    const piece = artifactUpdate.artifact.parts.map((part) => part.text ?? "").join("");
    text = artifactUpdate.append ? text + piece : piece;
  }
  return text;
}

const stateOf = (update) => (update.statusUpdate ?? update.task).status.state;
const taskOf = (found) => found[0].task.id;
const shown = (task) => Task.toJSON(task);

function answer(found, more) {
  const parts = found.at(-1).statusUpdate.status.message.parts;
  const { request_id } = parts.find((part) => part.data !== undefined).data;
  return { data: { type: "tool_approval", request_id, ...more } };
}

const scenes = {
  async send(open) {
    const task = shown(await (await open("talker")).sendMessage(request(["hi"])));
    return [task.status.state, task.artifacts[0].parts[0].text];
  },
  async stream(open) {
    const found = await all((await open("talker")).sendMessageStream(request(["hi"])));
    return [stateOf(found.at(-1)), reply(found)];
  },
  approve: (open) => gated(open, { decision: "approve" }),
  edit: (open) => gated(open, { decision: "approve", args: { path: "b.txt" } }),
  deny: (open) => gated(open, { decision: "deny", reason: "no" }),
  words: (open) => gated(open, "deny: no"),
  async again(open) {
    const client = await open("slow");
    let id = "";
    for await (const update of client.sendMessageStream(request(["go"]))) {
      const { task, artifactUpdate } = StreamResponse.toJSON(update);
      id ||= task?.id;
      if (artifactUpdate) break;
    }
    const found = [];
    for await (const update of client.resubscribeTask({ id, tenant: "" })) {
      found.push(StreamResponse.toJSON(update));
      if (found.length === 1) await client.cancelTask({ id, tenant: "", metadata: {} });
    }
    return [found[0].task.artifacts[0].parts[0].text, stateOf(found.at(-1))];
  },
  async files(open) {
    const raw = Buffer.from("the cat sat").toString("base64");
    const file = { raw, filename: "cat.txt", mediaType: "text/plain" };
    const data = { data: { rows: [1, 2.5] } };
    const sent = await all((await open("demo")).sendMessageStream(request(["See.", file, data])));
    const made = shown(await (await open("painter")).sendMessage(request(["go"])));
    return [reply(sent), made.artifacts[1].parts];
  },
  async list(open, version) {
    if (version === "0.3") return null;
    const client = await open("busy");
    const contextId = `listed-${++sent}`;
    for (let n = 0; n < 3; n++) await client.sendMessage(request(["hi"], { contextId }));
    const asked = { tenant: "", contextId, status: 0, pageToken: "" };
    const first = await client.listTasks({ ...asked, pageSize: 2 });
    const rest = await client.listTasks({ ...asked, pageSize: 2, pageToken: first.nextPageToken });
    return [first.tasks.length, rest.tasks.length, rest.totalSize, rest.nextPageToken];
  },
  async errors(open) {
    const client = await open("talker");
    const missing = await nameOf(client.getTask({ id: "none.1", tenant: "" }));
    const { id } = shown(await client.sendMessage(request(["hi"])));
    const ended = await nameOf(client.cancelTask({ id, tenant: "", metadata: {} }));
    const more = await nameOf(client.sendMessage(request(["more"], { taskId: id })));
    return [missing, ended, more];
  },
  async fail(open) {
    const found = await all((await open("broken")).sendMessageStream(request(["go"])));
    const { state, message } = found.at(-1).statusUpdate.status;
    return [state, message.parts[0].text];
  },
};

async function gated(open, decision) {
  const client = await open("gated");
  const found = await all(client.sendMessageStream(request(["go"])));
  const part = typeof decision === "string" ? decision : answer(found, decision);
  const taskId = taskOf(found);
  const rest = await all(client.sendMessageStream(request([part], { taskId })));
  const task = shown(await client.getTask({ id: taskId, tenant: "" }));
  const told = task.history.at(-1).parts[0].data;
  const states = [found, rest].map((updates) => stateOf(updates.at(-1)));
  return [...states, reply(found) + reply(rest), told.args?.path ?? null];
}

async function nameOf(promise) {
  try {
    await promise;
    return "nothing";
  } catch (error) {
    return error.constructor.name.replace(/^(JsonRpc|Rest)/, "");
  }
}

// Not its REST of 0.3: that drops `append`, and sends files in another form than a2a-sdk reads.
const variants = [
  ["JSONRPC", "1.0"],
  ["HTTP+JSON", "1.0"],
  ["JSONRPC", "0.3"],
];
const saw = {};
for (const [binding, version] of variants) {
  const open = (agent) => clientOf(agent, binding, version);
  const seen = {};
  for (const [name, scene] of Object.entries(scenes)) {
    try {
      seen[name] = await scene(open, version);
    } catch (error) {
      seen[name] = `${error.constructor.name}: ${error.message}`;
    }
  }
  saw[`${binding}-${version}`] = seen;
}
const root = await resolver.resolve(`${ADDRESS}/`);
console.log(JSON.stringify({ ...saw, root: root.name }));
