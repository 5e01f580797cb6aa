namespace DiffusionX.Schedulers;

/// <summary>A share of the steps, at distances that grow from one end to the other. The first step is taken, and the last one where there are two.</summary>
internal sealed record LoadedShare(double Share, bool AtFront) : SkipStepSchedule
{
    internal override int Next(int step, int steps, double changePerStep)
    {
        var taken = Taken(steps);
        var following = taken.FirstOrDefault(candidate => candidate > step);
        return following > step ? following : steps;
    }

    private int[] Taken(int steps)
    {
        var front = DenseAtFront(steps, Math.Max(1, (int)Math.Ceiling(steps * Share)));
        return AtFront || front.Length == 1 ? front : [.. front.Reverse().Select(step => steps - 1 - step)];
    }

    // The squares of evenly spaced numbers, where need be moved on to be different steps.
    private static int[] DenseAtFront(int steps, int count)
    {
        var taken = new int[count];
        for (var i = 1; i < count; i++)
        {
            var place = i / (count - 1.0);
            taken[i] = Math.Max(taken[i - 1] + 1, (int)Math.Round((steps - 1) * place * place));
        }

        return taken;
    }
}
