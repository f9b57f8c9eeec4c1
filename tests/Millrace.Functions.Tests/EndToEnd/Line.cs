namespace Millrace.Functions.Tests.EndToEnd;

public readonly record struct Line(string Key, long Time);
