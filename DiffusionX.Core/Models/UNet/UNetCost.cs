namespace DiffusionX.Models.UNet;

/// <summary>
/// What one evaluation of a UNet costs, in multiply-adds, counted from its shape: convolutions, linear layers and the two products of each
/// attention. The keys and values of the text are left out, since they are computed once per prompt.
/// </summary>
internal static class UNetCost
{
    // A step evaluates the UNet with the prompt and without it.
    private const int EvaluationsOfAStep = 2;

    /// <summary>The multiply-adds of a step with guidance, for one picture of the model's own size.</summary>
    public static long OfStep(UNet2DConditionConfig config) => EvaluationsOfAStep * MultiplyAdds(config, config.SampleSize, config.SampleSize);

    /// <summary>The multiply-adds of one evaluation for one sample.</summary>
    /// <param name="config">The UNet's shape.</param>
    /// <param name="height">The latent's height.</param>
    /// <param name="width">The latent's width.</param>
    /// <param name="textLength">Tokens of the text.</param>
    public static long MultiplyAdds(UNet2DConditionConfig config, int height, int width, int textLength = 77)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        var counter = new Counter(config, textLength);
        return counter.Count(height, width);
    }

    private sealed class Counter(UNet2DConditionConfig config, int textLength)
    {
        private readonly long timeWidth = config.TimeWidth;
        private readonly Stack<long> skips = new();
        private long total;

        public long Count(int height, int width)
        {
            long[] positions = [.. Positions(height, width)];
            var channels = config.BlockOutChannels;
            var last = channels.Count - 1;
            total += (channels[0] * timeWidth) + (timeWidth * timeWidth);
            total += config.InKernel * config.InKernel * positions[0] * config.InChannels * channels[0];
            skips.Push(channels[0]);
            for (var level = 0; level <= last; level++)
            {
                Down(positions, level, last);
            }

            Middle(positions[last], last);

            for (var level = last; level >= 0; level--)
            {
                Up(positions, level, last);
            }

            total += config.OutKernel * config.OutKernel * positions[0] * channels[0] * config.OutChannels;
            return total;
        }

        private IEnumerable<long> Positions(int height, int width)
        {
            var (h, w) = ((long)height, (long)width);
            foreach (var _ in config.BlockOutChannels)
            {
                yield return h * w;
                (h, w) = ((h + 1) / 2, (w + 1) / 2);
            }
        }

        private void Down(long[] positions, int level, int last)
        {
            long channels = config.BlockOutChannels[level];
            for (var layer = 0; layer < config.LayersPerBlock; layer++)
            {
                Residual(positions[level], layer == 0 ? config.BlockOutChannels[Math.Max(level - 1, 0)] : channels, channels);
                Attend(positions[level], level, config.DownTransformers(level)?[layer]);
                skips.Push(channels);
            }

            if (level < last)
            {
                Convolve(positions[level + 1], channels, channels);
                skips.Push(channels);
            }
        }

        private void Middle(long positions, int level)
        {
            long channels = config.BlockOutChannels[level];
            if (config.MidBlock != UNetMidBlock.None)
            {
                Residual(positions, channels, channels);
            }

            if (config.MidTransformers() is [var blocks])
            {
                Attend(positions, level, blocks);
                Residual(positions, channels, channels);
            }
        }

        private void Up(long[] positions, int level, int last)
        {
            long channels = config.BlockOutChannels[level];
            for (var layer = 0; layer <= config.LayersPerBlock; layer++)
            {
                var inputs = layer == 0 ? config.BlockOutChannels[Math.Min(level + 1, last)] : channels;
                Residual(positions[level], inputs + skips.Pop(), channels);
                Attend(positions[level], level, config.UpTransformers(last - level)?[layer]);
            }

            if (level > 0)
            {
                Convolve(positions[level - 1], channels, channels);
            }
        }

        private void Residual(long positions, long inputs, long outputs)
        {
            Convolve(positions, inputs, outputs);
            Convolve(positions, outputs, outputs);
            total += timeWidth * outputs;
            total += inputs == outputs ? 0 : positions * inputs * outputs;
        }

        private void Attend(long positions, int level, int? blocks)
        {
            if (blocks is not { } transformerBlocks)
            {
                return;
            }

            long channels = config.BlockOutChannels[level];
            var linear = positions * channels * channels;
            var selfAttention = (4 * linear) + (2 * positions * positions * channels);
            var textAttention = (2 * linear) + (2 * positions * textLength * channels);
            var feedForward = 12 * linear;
            total += (2 * linear) + (transformerBlocks * (selfAttention + textAttention + feedForward));
        }

        private void Convolve(long positions, long inputs, long outputs) => total += 9 * positions * inputs * outputs;
    }
}
