using DiffusionX.Runtime;
using static TorchSharp.torch;

namespace DiffusionX.Pipeline;

/// <summary>
/// What runs that begin together, or end together, have the text encoder and the VAE do in one call. It is a saving alone: where it can't be
/// done, each run does it by itself, and what is wrong with one of them is that one's to tell of.
/// </summary>
/// <param name="parts">The model.</param>
internal sealed class BatchedCoding(PipelineComponents parts)
{
    /// <summary>Reads the prompts of runs.</summary>
    /// <param name="runs">The runs.</param>
    /// <param name="loras">Their LoRAs.</param>
    public void Read(IReadOnlyList<BatchedRun> runs, IReadOnlyList<LoraSelection> loras)
    {
        try
        {
            parts.UseLoras(loras);
            parts.Prompts.Prefetch(runs.SelectMany(run => run.Run.Prompts.Select(prompt => (prompt, run.Run.Plan.Request.PromptSyntax))));
        }
        catch (Exception error) when (error is DiffusionXException || OutOfMemory.Is(error))
        {
            // Each is read by itself.
        }
    }

    /// <summary>Encodes the pictures that runs start from, those of one size together.</summary>
    public void Encode(IReadOnlyList<BatchedRun> runs)
    {
        var ofPictures = runs.Where(run => run.Run.EncodesPicture).GroupBy(run => (run.Run.Plan.Height, run.Run.Plan.Width));
        foreach (var alike in ofPictures.Where(group => group.Count() > 1))
        {
            try
            {
                var pictures = cat([.. alike.Select(run => PipelineComponents.ReadPicture(run.Run.Plan)!)], 0);
                foreach (var (run, posterior) in alike.Zip(parts.Codec.EncodeTogether(pictures)))
                {
                    run.Run.Posterior = posterior;
                }
            }
            catch (Exception error) when (OutOfMemory.Is(error))
            {
                // Each is encoded by itself.
            }
        }
    }

    /// <summary>Decodes the latents of runs of one size and one decoder.</summary>
    /// <returns>Each run's pictures; null where they have to be decoded one by one.</returns>
    public Tensor[]? TryDecode(IReadOnlyList<BatchedRun> runs)
    {
        if (runs.Count < 2)
        {
            return null;
        }

        try
        {
            using var latents = cat([.. runs.Select(run => run.Run.Denoising.Latents)], 0);
            var pixels = parts.DecodeTogether(latents, runs[0].Run.Plan.Request.UsesPreviewDecoder);
            return pixels.split([.. runs.Select(run => run.Run.Denoising.Latents.size(0))], 0);
        }
        catch (Exception error) when (error is GenerationException || OutOfMemory.Is(error))
        {
            return null;
        }
    }
}
