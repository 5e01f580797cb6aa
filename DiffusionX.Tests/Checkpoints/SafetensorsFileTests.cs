using System.Buffers.Binary;
using DiffusionX.Checkpoints;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Checkpoints;

[TestFixture]
[NoTensorLeaks]
public sealed class SafetensorsFileTests
{
    [TestCase(ScalarType.Float64)]
    [TestCase(ScalarType.Float32)]
    [TestCase(ScalarType.Float16)]
    [TestCase(ScalarType.BFloat16)]
    [TestCase(ScalarType.Int64)]
    [TestCase(ScalarType.Int32)]
    [TestCase(ScalarType.Int16)]
    [TestCase(ScalarType.Int8)]
    [TestCase(ScalarType.Byte)]
    [TestCase(ScalarType.Bool)]
    public void Every_type_comes_back_as_it_was_written(ScalarType type)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var original = arange(24).view(2, 3, 4).to(type);
        SafetensorsWriter.Save(folder.File("x.safetensors"), new Dictionary<string, Tensor> { ["x"] = original });

        using var file = SafetensorsFile.Open(folder.File("x.safetensors"));
        var read = file.Read("x");

        Assert.Multiple(() =>
        {
            Assert.That(read.dtype, Is.EqualTo(type));
            Assert.That(read.Equals(original), Is.True);
        });
    }

    [Test]
    public void Tensors_of_several_types_scalars_empty_ones_views_and_metadata_come_back()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>
        {
            ["scalar"] = tensor(3.5f),
            ["empty"] = empty(0, 4),
            ["bytes"] = tensor(new byte[] { 1, 2, 3 }),
            ["view"] = arange(12, ScalarType.Float32).view(3, 4).t(),
            ["ünïcode \"name\""] = ones(2, ScalarType.Float64),
        };
        SafetensorsWriter.Save(folder.File("x.safetensors"), tensors, new Dictionary<string, string> { ["format"] = "pt" });

        using var file = SafetensorsFile.Open(folder.File("x.safetensors"));

        Assert.Multiple(() =>
        {
            Assert.That(file.Metadata["format"], Is.EqualTo("pt"));
            foreach (var (name, original) in tensors)
            {
                Assert.That(file.Read(name).Equals(original), Is.True, name);
            }
        });
    }

    [Test]
    public void A_tensor_is_converted_to_its_targets_type_and_memory_order()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var original = arange(24, ScalarType.Float32).view(1, 2, 3, 4);
        SafetensorsWriter.Save(folder.File("x.safetensors"), new Dictionary<string, Tensor> { ["x"] = original.to(ScalarType.Float16) });
        var channelsLast = empty(1, 3, 4, 2).permute(0, 3, 1, 2);

        using var file = SafetensorsFile.Open(folder.File("x.safetensors"));
        file.CopyTo("x", channelsLast);

        Assert.That(channelsLast.Equals(original), Is.True);
    }

    [Test]
    public void A_tensor_does_not_fill_a_target_of_another_size()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        SafetensorsWriter.Save(folder.File("x.safetensors"), new Dictionary<string, Tensor> { ["x"] = ones(4) });
        using var file = SafetensorsFile.Open(folder.File("x.safetensors"));

        Assert.That(() => file.CopyTo("x", ones(5)), Throws.TypeOf<CheckpointException>().With.Message.Contains("x F32 [4]"));
    }

    [Test]
    public void A_writer_that_fails_leaves_the_old_file()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var path = folder.Write("x.safetensors", "the old one");

        Assert.Multiple(() =>
        {
            Assert.That(
                () => SafetensorsWriter.Save(path, new Dictionary<string, Tensor> { ["x"] = ones(2, ScalarType.ComplexFloat32) }),
                Throws.TypeOf<CheckpointException>().With.Message.Contains("'x'"));
            Assert.That(File.ReadAllText(path), Is.EqualTo("the old one"));
            Assert.That(Directory.GetFiles(folder.Path), Has.Length.EqualTo(1));
        });
    }

    [Test]
    public void A_writer_without_a_folder_to_write_to_says_so()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor> { ["x"] = ones(2) };

        Assert.That(
            () => SafetensorsWriter.Save(folder.File("gone/x.safetensors"), tensors),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("can't be written"));
    }

    [Test]
    public void A_tensor_can_not_take_the_name_of_the_metadata()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor> { ["__metadata__"] = ones(2) };

        Assert.That(() => SafetensorsWriter.Save(folder.File("x.safetensors"), tensors), Throws.TypeOf<CheckpointException>().With.Message.Contains("__metadata__"));
    }

    [Test]
    public void A_file_that_is_cut_short_while_it_is_open_gives_an_error()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var path = folder.File("x.safetensors");
        SafetensorsWriter.Save(path, new Dictionary<string, Tensor> { ["x"] = ones(100_000) });
        using var file = SafetensorsFile.Open(path);
        using (var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            RandomAccess.SetLength(handle, 1000);
        }

        Assert.That(() => file.Read("x"), Throws.TypeOf<CheckpointException>().With.Message.Contains("cut short"));
    }

    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "'a'", Description = "offsets beyond the end")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "'a'", Description = "shape and bytes differ")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "'a'", Description = "end before begin")]
    [TestCase("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "'a'", Description = "negative size")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "'a'", Description = "broken size")]
    [TestCase("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}""", 0, "'a'", Description = "overflowing shape")]
    [TestCase("""{"a":{"dtype":"F4","shape":[1],"data_offsets":[0,1]}}""", 1, "F4", Description = "unknown type")]
    [TestCase("""{"a":{"shape":[1],"data_offsets":[0,1]}}""", 1, "dtype", Description = "no type")]
    [TestCase("""{"a":{"dtype":"U8","shape":[1]}}""", 1, "data_offsets", Description = "no offsets")]
    [TestCase("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}""", 1, "'a'", Description = "three offsets")]
    [TestCase("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""", 3, "overlaps", Description = "overlap")]
    [TestCase("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}""", 3, "hole", Description = "hole")]
    [TestCase("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 3, "belong to none", Description = "bytes left over")]
    [TestCase("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, "'a'", Description = "duplicate")]
    [TestCase("""{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, "dtype", Description = "two types")]
    [TestCase("""{"__metadata__":{},"__metadata__":{}}""", 0, "__metadata__", Description = "metadata twice")]
    [TestCase("""{"a":{"dtype":"F32","shape":[0,4611686018427387904,4],"data_offsets":[0,0]}}""", 0, "'a'", Description = "overflowing strides of nothing")]
    [TestCase("""{"a":3}""", 0, "'a'", Description = "no description")]
    [TestCase("""[1,2]""", 0, "object", Description = "no object")]
    [TestCase("""{"__metadata__":{"a":1}}""", 0, "__metadata__", Description = "metadata that is no text")]
    [TestCase("""{"a":""", 0, "JSON", Description = "no JSON")]
    [TestCase("""{"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":{}}}}}}}}}""", 0, "JSON", Description = "too deep")]
    public void A_file_that_breaks_a_rule_is_refused_with_the_file_the_tensor_and_the_rule(string header, int dataLength, string named)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("broken.safetensors", SafetensorsBytes.Of(header, dataLength));

        Assert.That(
            () => SafetensorsFile.Open(path),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("broken.safetensors").And.Message.Contains(named));
    }

    [TestCase(1L)]
    [TestCase(7L)]
    public void A_file_too_short_for_a_header_is_refused(long length)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("short.safetensors", new byte[length]);

        Assert.That(() => SafetensorsFile.Open(path), Throws.TypeOf<CheckpointException>().With.Message.Contains("too few"));
    }

    [TestCase(ulong.MaxValue)]
    [TestCase(1UL << 63)]
    [TestCase(100UL)]
    public void A_header_longer_than_the_file_is_refused_before_anything_is_allocated(ulong length)
    {
        using var folder = new TemporaryFolder();
        var content = new byte[64];
        BinaryPrimitives.WriteUInt64LittleEndian(content, length);
        var path = folder.Write("long.safetensors", content);

        Assert.That(() => SafetensorsFile.Open(path), Throws.TypeOf<CheckpointException>().With.Message.Contains("the header claims"));
    }

    [TestCase("version https://git-lfs.github.com/spec/v1", "git lfs pull")]
    [TestCase("PK\u0003\u0004 a zip archive", "archive")]
    [TestCase("<html>Not found</html>", "web page")]
    public void What_was_downloaded_in_place_of_the_file_is_named(string content, string named)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("model.safetensors", content);

        Assert.That(() => SafetensorsFile.Open(path), Throws.TypeOf<CheckpointException>().With.Message.Contains(named));
    }

    [TestCase("""{"__metadata__":null,"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""")]
    [TestCase("\uFEFF{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}")]
    public void Null_for_no_texts_and_a_byte_order_mark_are_read_over(string header)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("x.safetensors", SafetensorsBytes.Of(header, 1));

        using var file = SafetensorsFile.Open(path);

        Assert.That(file.Tensors.Keys, Is.EqualTo(new[] { "a" }));
    }

    [Test]
    public void A_name_that_is_no_text_is_refused()
    {
        using var folder = new TemporaryFolder();
        var header = """{"a?":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"""u8.ToArray();
        header[3] = 0xFF;
        var path = folder.Write("x.safetensors", SafetensorsBytes.Of(header, 1));

        Assert.That(() => SafetensorsFile.Open(path), Throws.TypeOf<CheckpointException>().With.Message.Contains("x.safetensors"));
    }

    [Test]
    public void A_name_that_would_steer_the_terminal_is_shown_without_its_control_characters()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("x.safetensors", SafetensorsBytes.Of("""{"a\u001b[2J":{"dtype":"U8","shape":[2],"data_offsets":[0,1]}}""", 1));

        Assert.That(() => SafetensorsFile.Open(path), Throws.TypeOf<CheckpointException>().With.Message.Contains("'a?[2J'"));
    }

    [TestCase("F8_E4M3", new byte[] { 0x38, 0xB8, 0x7E, 0x01, 0x08, 0x00, 0x80, 0x7F }, new[] { 1, -1, 448, 1 / 512f, 1 / 64f, 0, -0f, float.NaN })]
    [TestCase("F8_E5M2", new byte[] { 0x3C, 0xBC, 0x7B, 0x01, 0x04, 0x00, 0x7C, 0x7E }, new[] { 1, -1, 57344, 1 / 65536f, 1 / 16384f, 0, float.PositiveInfinity, float.NaN })]
    public void Numbers_of_eight_bits_are_widened(string type, byte[] bytes, float[] values)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var header = $$$"""{"a":{"dtype":"{{{type}}}","shape":[2,4],"data_offsets":[0,8]}}""";
        var path = folder.Write("x.safetensors", [.. SafetensorsBytes.Of(header), .. bytes]);
        using var file = SafetensorsFile.Open(path);
        var asFloat = empty(2, 4);
        var asBFloat16 = empty(2, 4, ScalarType.BFloat16);

        file.CopyTo("a", asFloat);
        file.CopyTo("a", asBFloat16);

        Assert.Multiple(() =>
        {
            Assert.That(file.Tensors["a"].DType, Is.EqualTo(ScalarType.Float16));
            Assert.That(file.Read("a").to(ScalarType.Float32).data<float>().ToArray(), Is.EqualTo(values));
            Assert.That(asFloat.data<float>().ToArray(), Is.EqualTo(values));
            Assert.That(asBFloat16[0].to(ScalarType.Float32).data<float>().ToArray(), Is.EqualTo(values[..4]));
        });
    }

    [TestCase("F8_E4M3")]
    [TestCase("F8_E5M2")]
    [TestCase("F32")]
    public void A_part_of_a_tensor_is_read_from_its_place(string type)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var size = type == "F32" ? 4 : 1;
        var data = Enumerable.Range(0, 6 * size).Select(i => (byte)i).ToArray();
        var path = folder.Write("x.safetensors", [.. SafetensorsBytes.Of($$$"""{"a":{"dtype":"{{{type}}}","shape":[3,2],"data_offsets":[0,{{{data.Length}}}]}}"""), .. data]);
        using var file = SafetensorsFile.Open(path);
        var part = empty(2, file.Tensors["a"].DType);

        file.CopyPart("a", firstElement: 2, part);

        Assert.That(part.Equals(file.Read("a")[1]), Is.True);
    }

    [TestCase("model.bin")]
    [TestCase("model.ckpt")]
    [TestCase("model.PT")]
    public void Pickle_files_are_refused_with_a_way_to_convert_them(string name)
    {
        Assert.That(() => SafetensorsFile.Open(name), Throws.TypeOf<CheckpointException>().With.Message.Contains("safe_serialization=True"));
    }

    [Test]
    public void A_missing_file_and_a_folder_are_errors_of_ours()
    {
        using var folder = new TemporaryFolder();

        Assert.Multiple(() =>
        {
            Assert.That(() => SafetensorsFile.Open(folder.File("none.safetensors")), Throws.TypeOf<CheckpointException>());
            Assert.That(() => SafetensorsFile.Open(folder.Path), Throws.TypeOf<CheckpointException>());
        });
    }
}
