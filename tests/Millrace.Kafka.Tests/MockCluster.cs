using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Kafka.Interop;

namespace Millrace.Kafka.Tests;

/// <summary>librdkafka's own mock broker on loopback: good for plain produce and consume, not for transactions.</summary>
internal sealed unsafe class MockCluster : IDisposable
{
    private readonly KafkaHandle _owner;
    private readonly nint _cluster;

    internal MockCluster(int brokers = 1)
    {
        Dictionary<string, string> properties = new(StringComparer.Ordinal)
        {
            ["test.mock.num.brokers"] = brokers.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["bootstrap.servers"] = "ignored",
            ["log_level"] = "2",
        };
        _owner = KafkaClient.Create(KafkaClient.Producer, properties, new ClientCallbacks(NullLogger.Instance));
        delegate* unmanaged[Cdecl]<nint, nint> find = (delegate* unmanaged[Cdecl]<nint, nint>)
            NativeLibrary.GetExport(LibrdkafkaLoader.Handle, "rd_kafka_handle_mock_cluster");
        delegate* unmanaged[Cdecl]<nint, nint> servers = (delegate* unmanaged[Cdecl]<nint, nint>)
            NativeLibrary.GetExport(LibrdkafkaLoader.Handle, "rd_kafka_mock_cluster_bootstraps");
        _cluster = find(_owner.DangerousGetHandle());
        BootstrapServers = Marshal.PtrToStringUTF8(servers(_cluster))!;
    }

    internal string BootstrapServers { get; }

    internal void CreateTopic(string name, int partitions)
    {
        delegate* unmanaged[Cdecl]<nint, byte*, int, int, int> create = (delegate* unmanaged[Cdecl]<nint, byte*, int, int, int>)
            NativeLibrary.GetExport(LibrdkafkaLoader.Handle, "rd_kafka_mock_topic_create");
        nint utf8 = Marshal.StringToCoTaskMemUTF8(name);
        int error = create(_cluster, (byte*)utf8, partitions, 1);
        Marshal.FreeCoTaskMem(utf8);
        KafkaErrors.ThrowIfError(error, $"Creating mock topic '{name}'");
    }

    internal Dictionary<string, string> Properties(params (string Name, string Value)[] more)
    {
        Dictionary<string, string> all = new(StringComparer.Ordinal) { ["bootstrap.servers"] = BootstrapServers };
        foreach ((string name, string value) in more)
        {
            all[name] = value;
        }

        return all;
    }

    public void Dispose() => _owner.Dispose();
}
