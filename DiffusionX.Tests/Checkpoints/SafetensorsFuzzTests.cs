using System.Text;
using DiffusionX.Checkpoints;
using FsCheck;
using FsCheck.Fluent;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Checkpoints;

/// <summary>
/// Whatever lies in a file: it opens, or one CheckpointException says why not. Nothing is allocated that the file does not pay for.
/// </summary>
[TestFixture]
[NoTensorLeaks]
public sealed class SafetensorsFuzzTests
{
    private const long SlackBytes = 1 << 16;
    private const long BytesPerByteOfFile = 64;

    private static readonly Config Settings = Config.QuickThrowOnFailure.WithMaxTest(2000).WithReplay(20261124, 7);

    private TemporaryFolder folder = null!;
    private byte[] real = null!;

    [OneTimeSetUp]
    public void WriteARealFile()
    {
        folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var path = folder.File("real.safetensors");
        SafetensorsWriter.Save(
            path,
            new Dictionary<string, Tensor> { ["conv.weight"] = ones(2, 3, 3, 3), ["conv.bias"] = zeros(2, ScalarType.Float16), ["ids"] = arange(5) },
            new Dictionary<string, string> { ["format"] = "pt" });
        real = File.ReadAllBytes(path);
        OpenAndRead(real);
    }

    [OneTimeTearDown]
    public void DeleteTheFolder() => folder.Dispose();

    [Test]
    public void Random_bytes_never_crash() =>
        Check.One(Settings, Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), OpenAndRead));

    [Test]
    public void Random_bytes_behind_a_true_length_never_crash() =>
        Check.One(Settings, Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), header => OpenAndRead(SafetensorsBytes.Of(header ?? [], 16))));

    [Test]
    public void A_real_file_with_changed_bytes_never_crashes()
    {
        var changes = Gen.Zip(Gen.Choose(0, real.Length - 1), Gen.Choose(0, 255)).ListOf();

        Check.One(Settings, Prop.ForAll(changes.ToArbitrary(), list => OpenAndRead(Change(list))));
    }

    [Test]
    public void A_real_file_cut_anywhere_is_refused()
    {
        Assert.Multiple(() =>
        {
            for (var length = 0; length < real.Length; length++)
            {
                var path = folder.Write("cut.safetensors", real[..length]);
                Assert.That(() => SafetensorsFile.Open(path).Dispose(), Throws.TypeOf<CheckpointException>(), $"cut to {length}");
            }
        });
    }

    [Test]
    public void Headers_made_of_the_formats_own_words_never_crash()
    {
        string[] words =
        [
            "{", "}", "[", "]", ":", ",", "\"a\"", "\"b\"", "\"dtype\"", "\"F32\"", "\"BOOL\"", "\"shape\"", "\"data_offsets\"", "\"__metadata__\"", "0", "4", "8",
            "-1", "9223372036854775807", "18446744073709551616", "1e308", "null", "true",
        ];
        var headers = Gen.Elements(words).ListOf().Select(chosen => string.Concat(chosen));

        Check.One(Settings, Prop.ForAll(headers.ToArbitrary(), header => OpenAndRead(SafetensorsBytes.Of(Encoding.UTF8.GetBytes(header), 8))));
    }

    private byte[] Change(IEnumerable<(int Place, int Value)> changes)
    {
        var changed = real.ToArray();
        foreach (var (place, value) in changes)
        {
            changed[place] = (byte)value;
        }

        return changed;
    }

    private void OpenAndRead(byte[]? content)
    {
        content ??= [];
        var path = folder.Write("fuzzed.safetensors", content);
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            using var file = SafetensorsFile.Open(path);
            foreach (var name in file.Tensors.Keys)
            {
                using var tensor = file.Read(name);
            }
        }
        catch (CheckpointException)
        {
            // Refused, which is what should happen to almost all of them.
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(allocated, Is.LessThan(SlackBytes + (BytesPerByteOfFile * content.Length)));
    }
}
