namespace Millrace.Functions.Tests.Conformance;

/// <summary>A topic that a job reads, and what is in it.</summary>
/// <param name="Name">The topic.</param>
/// <param name="Partitions">Its partitions; record i goes to partition i modulo this.</param>
/// <param name="Records">The records.</param>
internal sealed record InputTopic(string Name, int Partitions, IReadOnlyList<string> Records);
