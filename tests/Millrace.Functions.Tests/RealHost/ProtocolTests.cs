using System.Reflection;
using Google.Protobuf.Reflection;
using Xunit;

namespace Millrace.Functions.Tests.RealHost;

public sealed class ProtocolTests
{
    [Fact]
    public void ShouldBePartOfTheWorkersProtocol_WhenTheTestHostSpeaks()
    {
        FileDescriptor workers = DescriptorIn(
            Assembly.Load("Microsoft.Azure.Functions.Worker.Grpc"),
            "Microsoft.Azure.Functions.Worker.Grpc.Messages"
        );
        FileDescriptor ours = DescriptorIn(
            Assembly.LoadFrom(Repository.Tree.Output("tests/Millrace.Functions.TestHost")),
            "Millrace.Functions.TestHost.Protocol"
        );

        string[] unknown =
        [
            .. ours.MessageTypes.SelectMany(Describe).Except(workers.MessageTypes.SelectMany(Describe), StringComparer.Ordinal),
        ];

        Assert.NotEmpty(ours.MessageTypes);
        Assert.True(unknown.Length == 0, "The worker's protocol does not have:\n" + string.Join('\n', unknown));
        Assert.Equal(Services(workers), Services(ours));
    }

    private static FileDescriptor DescriptorIn(Assembly assembly, string space) =>
        (FileDescriptor)
            assembly
                .GetType($"{space}.FunctionRpcReflection", throwOnError: true)!
                .GetProperty("Descriptor", BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)!
                .GetValue(null)!;

    private static IEnumerable<string> Describe(MessageDescriptor message) =>
        message
            .Fields.InDeclarationOrder()
            .Select(field =>
                $"{message.FullName}.{field.Name} = {field.FieldNumber}, {field.FieldType} {TypeOf(field)}, repeated {field.IsRepeated}, "
                + $"in {field.ContainingOneof?.Name}"
            )
            .Concat(message.EnumTypes.SelectMany(type => type.Values.Select(value => $"{value.FullName} = {value.Number}")))
            .Concat(message.NestedTypes.SelectMany(Describe));

    private static string? TypeOf(FieldDescriptor field) =>
        field.FieldType switch
        {
            FieldType.Message => field.MessageType.FullName,
            FieldType.Enum => field.EnumType.FullName,
            _ => null,
        };

    private static IEnumerable<string> Services(FileDescriptor file) =>
        file.Services.SelectMany(service => service.Methods.Select(method => method.FullName));
}
