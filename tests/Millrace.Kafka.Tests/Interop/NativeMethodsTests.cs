using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Millrace.Kafka.Interop;
using Xunit;
using Xunit.Abstractions;

namespace Millrace.Kafka.Tests.Interop;

public sealed class NativeMethodsTests(ITestOutputHelper output)
{
    private const string SystemLibrary = "librdkafka.so.1";

    [Fact]
    public void ShouldFindEveryImport_WhenLibraryIsTheLoadedOne() => AssertExports(LibrdkafkaLoader.Handle);

    [Fact]
    public void ShouldFindEveryImport_WhenLibraryIsTheSystems()
    {
        if (!NativeLibrary.TryLoad(SystemLibrary, out nint library))
        {
            output.WriteLine($"Not checked: {SystemLibrary} is not installed here.");
            return;
        }

        AssertExports(library);
    }

    [Fact]
    public void ShouldMatchTheLayoutOfC_WhenStructsAreSized()
    {
        Assert.Equal(72, Unsafe.SizeOf<RdKafkaMessage>());
        Assert.Equal(64, Unsafe.SizeOf<RdKafkaTopicPartition>());
        Assert.Equal(16, Unsafe.SizeOf<RdKafkaTopicPartitionList>());
        Assert.Equal(72, Unsafe.SizeOf<RdKafkaVarArg>());
        Assert.Equal(48, Unsafe.SizeOf<RdKafkaMetadata>());
        Assert.Equal(32, Unsafe.SizeOf<RdKafkaMetadataTopic>());
        Assert.Equal(40, Unsafe.SizeOf<RdKafkaMetadataPartition>());
    }

    [Fact]
    public void ShouldGiveConfluentTheSameLibrary_WhenBothAreUsed()
    {
        Assert.Equal(NativeMethods.rd_kafka_version(), Confluent.Kafka.Library.Version);
    }

    private static void AssertExports(nint library)
    {
        string[] missing =
        [
            .. typeof(NativeMethods)
                .GetMethods(BindingFlags.Static | BindingFlags.NonPublic)
                .Select(method => method.Name)
                .Where(name => name.StartsWith("rd_kafka_", StringComparison.Ordinal))
                .Where(name => !NativeLibrary.TryGetExport(library, name, out _)),
        ];
        Assert.Empty(missing);
    }
}
