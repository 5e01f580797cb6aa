namespace DiffusionX.Schedulers;

/// <summary>Some of a run's steps, at distances that grow from one end to the other: the squares of evenly spaced numbers, where need be moved on to be different steps.</summary>
internal static class LoadedSteps
{
    /// <summary>The step that follows one.</summary>
    /// <param name="step">The step that is taken, from 0.</param>
    /// <param name="steps">How many there are; as a result it means the end.</param>
    /// <param name="count">How many of them are taken, at least 1: the first, and the last where there are two.</param>
    /// <param name="atFront">Whether they are dense at the front, or at the back.</param>
    public static int After(int step, int steps, int count, bool atFront)
    {
        var following = Taken(steps, count, atFront).FirstOrDefault(candidate => candidate > step);
        return following > step ? following : steps;
    }

    private static int[] Taken(int steps, int count, bool atFront)
    {
        var front = DenseAtFront(steps, count);
        return atFront || count == 1 ? front : [.. front.Reverse().Select(step => steps - 1 - step)];
    }

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
