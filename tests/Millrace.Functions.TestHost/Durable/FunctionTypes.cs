using System.Reflection;
using System.Reflection.Emit;
using Microsoft.Azure.WebJobs;
using Microsoft.Azure.WebJobs.Extensions.DurableTask;

namespace Millrace.Functions.TestHost.Durable;

/// <summary>
/// Gives the WebJobs host a type with a method for each function that one of its extensions triggers, as the real host does: the methods
/// hand what the trigger gives to the worker.
/// </summary>
internal sealed class FunctionTypes : ITypeLocator
{
    /// <summary>The function that is called to learn what durable clients bind to.</summary>
    public const string Client = "millrace-testhost-client";
    private readonly Type _type;

    public FunctionTypes(IEnumerable<HostFunction> functions)
    {
        TypeBuilder type = AssemblyBuilder
            .DefineDynamicAssembly(new AssemblyName("Millrace.Functions.TestHost.Emitted"), AssemblyBuilderAccess.Run)
            .DefineDynamicModule("Emitted")
            .DefineType("Functions", TypeAttributes.Public | TypeAttributes.Abstract | TypeAttributes.Sealed);
        foreach (HostFunction function in functions)
        {
            switch (function.TriggerType.ToUpperInvariant())
            {
                case "ENTITYTRIGGER":
                    Text(type, function.Name, Attribute<EntityTriggerAttribute>(nameof(EntityTriggerAttribute.EntityName), function.Name));
                    break;
                case "ORCHESTRATIONTRIGGER":
                    Text(type, function.Name, Attribute<OrchestrationTriggerAttribute>("Orchestration", function.Name));
                    break;
                case "ACTIVITYTRIGGER":
                    Text(
                        type,
                        function.Name,
                        Attribute<ActivityTriggerAttribute>(nameof(ActivityTriggerAttribute.Activity), function.Name)
                    );
                    break;
                case "TIMERTRIGGER":
                    Timer(type, function);
                    break;
            }
        }

        MethodBuilder client = Method(type, Client, typeof(void), typeof(string));
        client.SetCustomAttribute(new CustomAttributeBuilder(typeof(NoAutomaticTriggerAttribute).GetConstructor([])!, []));
        client.DefineParameter(1, ParameterAttributes.None, "client").SetCustomAttribute(Attribute<DurableClientAttribute>());
        ILGenerator code = client.GetILGenerator();
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Call, typeof(Bridge).GetMethod(nameof(Bridge.Keep))!);
        code.Emit(OpCodes.Ret);
        _type = type.CreateType();
    }

    public IReadOnlyList<Type> GetTypes() => [_type];

    private static void Text(TypeBuilder type, string name, CustomAttributeBuilder trigger)
    {
        MethodBuilder method = Method(type, name, typeof(Task<object>), typeof(string), typeof(CancellationToken));
        method.DefineParameter(1, ParameterAttributes.None, "input").SetCustomAttribute(trigger);
        method.DefineParameter(2, ParameterAttributes.None, "cancellationToken");
        ILGenerator code = method.GetILGenerator();
        code.Emit(OpCodes.Ldstr, name);
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Ldarg_1);
        code.Emit(OpCodes.Call, typeof(Bridge).GetMethod(nameof(Bridge.InvokeAsync))!);
        code.Emit(OpCodes.Ret);
    }

    private static void Timer(TypeBuilder type, HostFunction function)
    {
        MethodBuilder method = Method(type, function.Name, typeof(Task), typeof(TimerInfo), typeof(CancellationToken));
        string schedule = HostFunction.Text(function.Trigger, "schedule")!;
        CustomAttributeBuilder trigger = new(
            typeof(TimerTriggerAttribute).GetConstructor([typeof(string)])!,
            [schedule],
            [typeof(TimerTriggerAttribute).GetProperty(nameof(TimerTriggerAttribute.UseMonitor))!],
            [false]
        );
        method.DefineParameter(1, ParameterAttributes.None, "timer").SetCustomAttribute(trigger);
        method.DefineParameter(2, ParameterAttributes.None, "cancellationToken");
        ILGenerator code = method.GetILGenerator();
        code.Emit(OpCodes.Ldstr, function.Name);
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Callvirt, typeof(TimerInfo).GetProperty(nameof(TimerInfo.IsPastDue))!.GetMethod!);
        code.Emit(OpCodes.Ldarg_1);
        code.Emit(OpCodes.Call, typeof(Bridge).GetMethod(nameof(Bridge.TickAsync))!);
        code.Emit(OpCodes.Ret);
    }

    private static MethodBuilder Method(TypeBuilder type, string name, Type result, params Type[] parameters)
    {
        MethodBuilder method = type.DefineMethod(name, MethodAttributes.Public | MethodAttributes.Static, result, parameters);
        method.SetCustomAttribute(new CustomAttributeBuilder(typeof(FunctionNameAttribute).GetConstructor([typeof(string)])!, [name]));
        return method;
    }

    private static CustomAttributeBuilder Attribute<T>(string? property = null, string? value = null)
    {
        ConstructorInfo constructor = typeof(T).GetConstructor([])!;
        return property is null
            ? new CustomAttributeBuilder(constructor, [])
            : new CustomAttributeBuilder(constructor, [], [typeof(T).GetProperty(property)!], [value]);
    }
}
