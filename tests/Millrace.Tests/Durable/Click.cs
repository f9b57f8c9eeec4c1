namespace Millrace.Tests.Durable;

public readonly record struct Click(string Page, long Time);
