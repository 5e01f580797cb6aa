namespace DiffusionX.Evaluation.Prompts;

/// <summary>One of the five or so captions that COCO has for each of its images.</summary>
/// <param name="Id">The caption's number.</param>
/// <param name="ImageId">The image's number.</param>
/// <param name="Text">What somebody saw in it.</param>
internal sealed record CocoCaption(long Id, long ImageId, string Text);
