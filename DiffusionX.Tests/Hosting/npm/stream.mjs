// Draws a picture with OpenAI's own client, streamed, and prints what came: a line of JSON for each event.
// usage: node stream.mjs BASE_URL MODEL PARTIAL_IMAGES
import OpenAI from "openai";

const [baseURL, model, partialImages] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey: process.env.OPENAI_API_KEY ?? "none", maxRetries: 0 });
const stream = await client.images.generate({
  model,
  prompt: "a red house under a yellow moon",
  stream: true,
  partial_images: Number(partialImages),
});
for await (const event of stream) {
  console.log(JSON.stringify({ type: event.type, index: event.partial_image_index, size: event.size, picture: event.b64_json }));
}
