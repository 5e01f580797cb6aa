using DiffusionX.Pipeline;
using DiffusionX.Transport;
using DiffusionX.Transport.Tcp;
using Microsoft.Extensions.Options;

namespace DiffusionX.Hosting.Configuration;

/// <summary>
/// Checks a host's options when it starts. Each failure names the option as a configuration file has it, and says what would be right.
/// </summary>
internal sealed class DiffusionXOptionsValidator : IValidateOptions<DiffusionXOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, DiffusionXOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var failures = new List<string>();
        CheckModels(options, failures);
        CheckCloud(options, failures);
        CheckRefiner(options, failures);
        CheckSessions(options.Sessions, options, failures);
        CheckHttp(options.Http, failures);
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static void CheckModels(DiffusionXOptions options, List<string> failures)
    {
        if (options.Models.Count == 0)
        {
            failures.Add("Models is empty: name at least one model, such as \"Models\": { \"edge\": { \"Path\": \"models/sd15\" } }.");
        }

        foreach (var (name, model) in options.Models)
        {
            Require(failures, !string.IsNullOrWhiteSpace(model?.Path), $"Models:{name}:Path is empty; it has to name a model's folder or file.");
            Require(failures, !string.IsNullOrWhiteSpace(model?.Device), $"Models:{name}:Device is empty; it has to be cpu, cuda or cuda:1, say.");
            Require(failures, model?.MaxBatch is null or >= 1, $"Models:{name}:MaxBatch is {model?.MaxBatch}; it has to be at least 1.");
            Require(failures, model?.Threads is null or >= 1, $"Models:{name}:Threads is {model?.Threads}; it has to be at least 1.");
        }

        var names = options.Models.Keys.Concat(options.Cloud is { } cloud ? [cloud.Name] : []);
        var needsDefault = options.Models.Count > 1 && options.Cloud is null;
        Require(failures, !needsDefault || options.DefaultModel is not null, $"DefaultModel is missing, and there are several models; name one of {List(options)}.");
        Require(failures, options.DefaultModel is null || names.Contains(options.DefaultModel), $"DefaultModel is {options.DefaultModel}, and there is no such model; name one of {List(options)}.");
    }

    private static void CheckCloud(DiffusionXOptions options, List<string> failures)
    {
        if (options.Cloud is not { } cloud)
        {
            return;
        }

        Require(failures, options.Models.ContainsKey(cloud.Edge), $"Cloud:Edge is '{cloud.Edge}'; it has to be the model that drafts, one of {List(options)}.");
        Require(failures, !string.IsNullOrWhiteSpace(cloud.Name) && !options.Models.ContainsKey(cloud.Name), $"Cloud:Name is '{cloud.Name}'; it has to be a name that no model has.");
        Require(failures, cloud.Address is null != cloud.Model is null, "Cloud has to have either an Address, of a refiner elsewhere, or a Model, which refines in this process.");
        Require(failures, cloud.Model is null || options.Models.ContainsKey(cloud.Model), $"Cloud:Model is {cloud.Model}, and there is no such model; name one of {List(options)}.");
        Require(failures, cloud.Strength is null or (>= 0 and <= 1), $"Cloud:Strength is {cloud.Strength}; it has to be from 0 to 1.");
        Require(failures, IsDuration(cloud.Deadline), $"Cloud:Deadline is {cloud.Deadline}; it has to be above 0, and at most a day.");
        Require(failures, LinkProfiles.All.ContainsKey(cloud.Link), $"Cloud:Link is '{cloud.Link}'; it has to be one of {LinkProfiles.Names}.");
        Require(failures, IsDuration(cloud.IdleTimeout), $"Cloud:IdleTimeout is {cloud.IdleTimeout}; it has to be above 0, and at most a day.");
        CheckAddress(cloud.Address, "Cloud:Address", failures);
    }

    private static void CheckRefiner(DiffusionXOptions options, List<string> failures)
    {
        if (options.Refiner is not { } refiner)
        {
            return;
        }

        Require(failures, options.Models.ContainsKey(refiner.Model), $"Refiner:Model is '{refiner.Model}'; it has to be the model that refines, one of {List(options)}.");
        Require(failures, refiner.QueueCapacity >= 1, $"Refiner:QueueCapacity is {refiner.QueueCapacity}; it has to be at least 1.");
        Require(failures, refiner.Strength is >= 0 and <= 1, $"Refiner:Strength is {refiner.Strength}; it has to be from 0 to 1.");
        Require(failures, refiner.DrainTimeout >= TimeSpan.Zero, $"Refiner:DrainTimeout is {refiner.DrainTimeout}; it has to be at least 0.");
        Require(failures, refiner.StrengthFolder is null || refiner.ClipFolder is not null, "Refiner:StrengthFolder takes a Refiner:ClipFolder, with the CLIP that sees drafts for it.");
        CheckAddress(refiner.Listen, "Refiner:Listen", failures);
    }

    private static void CheckSessions(SessionsOptions sessions, DiffusionXOptions options, List<string> failures)
    {
        Require(failures, sessions.Model is null || options.Models.ContainsKey(sessions.Model), $"Sessions:Model is {sessions.Model}, and there is no such model; name one of {List(options)}.");
        Require(failures, sessions.MaxSessions >= 1, $"Sessions:MaxSessions is {sessions.MaxSessions}; it has to be at least 1.");
        Require(failures, sessions.MaxRounds >= 1, $"Sessions:MaxRounds is {sessions.MaxRounds}; it has to be at least 1.");
        Require(failures, sessions.Previews is >= 0 and <= GenerationRequest.MaxSteps, $"Sessions:Previews is {sessions.Previews}; it has to be from 0 to {GenerationRequest.MaxSteps}.");
        Require(failures, IsDuration(sessions.IdleTimeout), $"Sessions:IdleTimeout is {sessions.IdleTimeout}; it has to be above 0, and at most a day.");
    }

    private static void CheckHttp(HttpApiOptions http, List<string> failures)
    {
        Require(failures, http.ApiKeys.All(key => !string.IsNullOrWhiteSpace(key)), "Http:ApiKeys has an empty key, which would let everyone in.");
        Require(failures, http.MaxBodyBytes >= 1024, $"Http:MaxBodyBytes is {http.MaxBodyBytes}; it has to be at least 1024.");
        Require(failures, http.MaxConcurrentRequests >= 1, $"Http:MaxConcurrentRequests is {http.MaxConcurrentRequests}; it has to be at least 1.");
        Require(failures, http.MaxQueuedRequests >= 0, $"Http:MaxQueuedRequests is {http.MaxQueuedRequests}; it has to be at least 0.");
        Require(failures, http.MaxImages is >= 1 and <= GenerationRequest.MaxImages, $"Http:MaxImages is {http.MaxImages}; it has to be from 1 to {GenerationRequest.MaxImages}.");
        Require(failures, http.MaxPixels >= 64, $"Http:MaxPixels is {http.MaxPixels}; it has to be at least 64.");
        Require(failures, http.MaxSteps is >= 1 and <= HttpApiOptions.LargestSteps, $"Http:MaxSteps is {http.MaxSteps}; it has to be from 1 to {HttpApiOptions.LargestSteps}.");
        Require(failures, http.MaxPromptLength >= 1, $"Http:MaxPromptLength is {http.MaxPromptLength}; it has to be at least 1.");
        Require(failures, IsDuration(http.KeepPictures), $"Http:KeepPictures is {http.KeepPictures}; it has to be above 0, and at most a day.");
        Require(failures, http.MaxKeptBytes >= 0, $"Http:MaxKeptBytes is {http.MaxKeptBytes}; it has to be at least 0.");
    }

    private static void CheckAddress(string? address, string option, List<string> failures)
    {
        try
        {
            _ = address is null ? null : TcpTransportOptions.FromAddress(address);
        }
        catch (TransportException wrong)
        {
            failures.Add($"{option}: {wrong.Message}");
        }
    }

    private static void Require(List<string> failures, bool holds, string failure)
    {
        if (!holds)
        {
            failures.Add(failure);
        }
    }

    private static bool IsDuration(TimeSpan value) => value > TimeSpan.Zero && value <= TimeSpan.FromDays(1);

    private static string List(DiffusionXOptions options) => options.Models.Count == 0 ? "Models" : string.Join(", ", options.Models.Keys);
}
