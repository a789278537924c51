// The AWS SDK for JavaScript v3 as it comes: its own signer, event streams and, for Bedrock, HTTP/2.
// Prints one line of JSON for the test that started it.
import { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";

const [modelId, endpoint] = process.argv.slice(2);
const client = new BedrockRuntimeClient(endpoint ? { endpoint } : {});
const messages = [{ role: "user", content: [{ text: "Say hello." }] }];
const inferenceConfig = { maxTokens: 12, temperature: 0 };

const whole = await client.send(new ConverseCommand({ modelId, messages, inferenceConfig }));
const streamed = await client.send(new ConverseStreamCommand({ modelId, messages, inferenceConfig }));
let text = "";
let usage;
let stopReason;
for await (const event of streamed.stream) {
  text += event.contentBlockDelta?.delta?.text ?? "";
  stopReason ??= event.messageStop?.stopReason;
  usage ??= event.metadata?.usage;
}
let refused;
try {
  await client.send(new ConverseCommand({ modelId: "nobody.knows-this", messages }));
} catch (error) {
  refused = error.name;
}
const handler = client.config.requestHandler.constructor.name;
console.log(JSON.stringify({ whole: whole.output.message.content[0].text, text, usage, stopReason, refused, handler }));
client.destroy();
