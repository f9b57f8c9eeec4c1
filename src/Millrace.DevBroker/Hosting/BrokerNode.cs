namespace Millrace.DevBroker.Hosting;

/// <summary>The broker as clients are told to reach it.</summary>
internal sealed record BrokerNode(int Id, string Host, int Port)
{
    /// <summary>Host and port in one; an IPv6 address is in brackets.</summary>
    public string Address => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
