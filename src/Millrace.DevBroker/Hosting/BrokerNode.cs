namespace Millrace.DevBroker.Hosting;

/// <summary>The broker as clients are told to reach it.</summary>
internal sealed record BrokerNode(int Id, string Host, int Port);
