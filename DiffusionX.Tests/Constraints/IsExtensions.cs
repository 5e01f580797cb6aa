using DiffusionX.Imaging;
using DiffusionX.Pipeline.Latents;
using NUnit.Framework.Constraints;

namespace DiffusionX.Tests.Constraints;

/// <summary>What <see cref="Is"/> says of pictures and latents.</summary>
internal static class IsExtensions
{
    extension(Is)
    {
        public static SamePictureConstraint SamePictureAs(Picture expected) => new(expected);

        public static SameLatentConstraint SameLatentAs(Latent expected) => new(expected);
    }

    extension(ConstraintExpression expression)
    {
        public SamePictureConstraint SamePictureAs(Picture expected) => expression.Append(new SamePictureConstraint(expected));

        public SameLatentConstraint SameLatentAs(Latent expected) => expression.Append(new SameLatentConstraint(expected));
    }
}
