using DiffusionX.Pipeline;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Sessions.Edge;
using DiffusionX.Transport.InMemory;

// The small model drafts, the large one refines. usage: Console FOLDER_WITH_EDGE_AND_CLOUD
using var edge = await DiffusionModel.LoadAsync(Path.Combine(args[0], "edge"));
using var cloud = await DiffusionModel.LoadAsync(Path.Combine(args[0], "cloud"));
var link = new InMemoryTransport();
await using var refiner = await CloudRefiner.StartAsync(cloud, link, new CloudRefinerOptions());
await using var session = await EdgeSession.OpenAsync(edge, link, new EdgeSessionOptions { Seed = 7, Steps = 20 });

foreach (var prompt in new[] { "a red house under a yellow moon", "a red house under a yellow moon, at night" })
{
    var draft = await session.PromptAsync(prompt);
    draft.Picture.Save($"round-{draft.Round.Number}.png");
}

var final = await session.FinalizeAsync();
final.Save("house.png");
Console.WriteLine($"house.png, refined by {final.Report.RefinedBy} with a strength of {final.Report.Strength:F2}");
