using DiffusionX.Hosting;
using DiffusionX.Pipeline;
using Microsoft.Extensions.AI;

// Any program that draws by IImageGenerator draws by DiffusionX. usage: ExtensionsAI FOLDER_OF_A_MODEL
using var model = await DiffusionModel.LoadAsync(args[0]);
using var generator = model.AsImageGenerator("scenes", GenerationDefaults.Read(args[0]))
    .AsBuilder()
    .ConfigureOptions(options => options.MediaType ??= "image/webp")
    .Build();

var house = (DataContent)(await generator.GenerateImagesAsync("a red house under a yellow moon")).Contents[0];
await File.WriteAllBytesAsync("house.webp", house.Data.ToArray());
var night = (DataContent)(await generator.EditImageAsync(house, "a red house under a yellow moon, at night")).Contents[0];
await File.WriteAllBytesAsync("night.webp", night.Data.ToArray());
Console.WriteLine($"house.webp and night.webp, by {generator.GetRequiredService<ImageGeneratorMetadata>().DefaultModelId}");
