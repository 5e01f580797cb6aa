using DiffusionX.Hosting;
using DiffusionX.Hosting.Sessions;
using DiffusionX.Imaging;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddDiffusionX(builder.Configuration.GetSection("DiffusionX"));
var app = builder.Build();
app.MapDiffusionX();
app.MapPost("/preview", async (string user, string prompt, HostedSessions sessions, CancellationToken stop) =>
    Results.Bytes((await sessions.GetOrBegin(user).PromptAsync(prompt, null, stop)).Picture.Encode(PictureFormat.WebP), "image/webp"));
app.MapPost("/final", async (string user, HostedSessions sessions, CancellationToken stop) =>
    Results.Bytes((await sessions.GetOrBegin(user).FinalizeAsync(null, stop)).Picture.Encode(PictureFormat.Png), "image/png"));
app.Run();
