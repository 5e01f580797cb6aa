using DiffusionX.Imaging;

namespace DiffusionX.Tests.Imaging;

[TestFixture]
public sealed class PictureGridTests
{
    private static readonly Picture Red = Pictures.Plain(4, 2, 255, 0, 0);
    private static readonly Picture Blue = Pictures.Plain(2, 2, 0, 0, 255);

    [Test]
    public void Pictures_stand_in_reading_order()
    {
        var sheet = PictureGrid.Of([Red, Red, Blue], columns: 2);

        Assert.That((sheet.Width, sheet.Height), Is.EqualTo((8, 4)));
        Assert.That(sheet.At(7, 1), Is.EqualTo((255, 0, 0)));
        Assert.That(sheet.At(1, 2), Is.EqualTo((0, 0, 255)));
    }

    [Test]
    public void Small_pictures_are_centred_and_empty_cells_are_white()
    {
        var sheet = PictureGrid.Of([Red, Red, Blue], columns: 2);

        Assert.That(sheet.At(0, 2), Is.EqualTo((255, 255, 255)));
        Assert.That(sheet.At(3, 2), Is.EqualTo((255, 255, 255)));
        Assert.That(sheet.At(6, 3), Is.EqualTo((255, 255, 255)));
    }

    [Test]
    public void A_gap_lies_between_the_cells_only()
    {
        var sheet = PictureGrid.Row([Red, Red, Red], gap: 3);

        Assert.That((sheet.Width, sheet.Height), Is.EqualTo((18, 2)));
        Assert.That(sheet.At(4, 0), Is.EqualTo((255, 255, 255)));
        Assert.That(sheet.At(7, 0), Is.EqualTo((255, 0, 0)));
        Assert.That(sheet.At(17, 1), Is.EqualTo((255, 0, 0)));
    }

    [Test]
    public void No_pictures_make_no_sheet() =>
        Assert.That(() => PictureGrid.Row([]), Throws.TypeOf<ArgumentOutOfRangeException>());
}
